"""``python -m econshrink.cli``."""

import sys

from econshrink.cli import main

sys.exit(main())
