"""``python -m demos.digits``."""

import sys

from demos.digits import LESSON

sys.exit(LESSON.main())
