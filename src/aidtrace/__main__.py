"""``python -m aidtrace`` is the command line."""

import sys

from aidtrace.cli import main

sys.exit(main())
