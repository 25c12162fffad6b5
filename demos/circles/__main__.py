"""``python -m demos.circles``."""

import sys

from demos.circles import LESSON

sys.exit(LESSON.main())
