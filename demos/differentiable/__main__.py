"""``python -m demos.differentiable``."""

import sys

from demos.differentiable import LESSON

sys.exit(LESSON.main())
