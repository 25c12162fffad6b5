"""``python -m demos.complexity``."""

import sys

from demos.complexity.command import main

if __name__ == "__main__":
    sys.exit(main())
