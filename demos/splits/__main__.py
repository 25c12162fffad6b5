"""``python -m demos.splits``."""

import sys

from demos.splits import LESSON

sys.exit(LESSON.main())
