"""``python -m demos.fused``."""

import sys

from demos.fused import LESSON

sys.exit(LESSON.main())
