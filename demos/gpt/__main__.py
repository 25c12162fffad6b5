"""``python -m demos.gpt``."""

import sys

from demos.gpt import LESSON

sys.exit(LESSON.main())
