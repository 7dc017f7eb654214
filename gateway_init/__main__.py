"""`python3 -m gateway_init` is `braid`."""

import sys

from gateway_init.command import main

sys.exit(main())
