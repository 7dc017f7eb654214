"""Where the tasks of `invoke` find and put things."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent
CONFIG = ROOT / "overlay/etc/braid/gateway.yaml"
SECRETS = ROOT / "secrets"
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
IMAGE = BUILD / "braid.img"
