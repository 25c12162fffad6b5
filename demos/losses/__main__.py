"""``python -m demos.losses``."""

import sys

from demos.losses import LESSON

sys.exit(LESSON.main())
