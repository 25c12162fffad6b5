"""``python -m demos.mistakes``."""

import sys

from demos.mistakes import LESSON

sys.exit(LESSON.main())
