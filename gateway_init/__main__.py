"""`python3 -m gateway_init` is `braid`."""

import sys

from gateway_init.command.main import main

sys.exit(main())
