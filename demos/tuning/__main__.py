"""``python -m demos.tuning``."""

import sys

from demos.tuning import LESSON

sys.exit(LESSON.main())
