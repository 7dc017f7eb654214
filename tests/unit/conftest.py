"""What the tests of the code share."""

from __future__ import annotations

from tests import patience

patience.have()
