"""`python3 -m qemu.world.leak LINE=FILE...`: judge captures where they were made; the verdicts are printed as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from qemu.world.counterpart import counterpart
from qemu.world.description import Description, from_json
from qemu.world.leak.judge import Verdict, judge
from qemu.world.leak.pcap import records


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m qemu.world.leak", description=__doc__)
    parser.add_argument("captures", metavar="LINE=FILE", nargs="+", help="whose packets, and where; it may still grow")
    parser.add_argument("--begin", type=int, default=0, help="skip what comes before this byte of the files")
    parser.add_argument("--allowed", type=Path, help="what `braid allowed --json` prints, instead of the site's own")
    parser.add_argument("--world", type=Path, default=Path("/run/world/world.json"), help="instead of %(default)s")
    given = parser.parse_args()
    world = from_json(given.world.read_text())
    allowed = given.allowed.read_text() if given.allowed else world.allowed
    split = (each.partition("=") for each in given.captures)
    print(
        json.dumps({name: _judged(world, allowed, name, Path(file), given.begin).as_plain() for name, _, file in split})
    )


def _judged(world: Description, allowed: str, name: str, file: Path, begin: int) -> Verdict:
    line = world.line(name)
    end = counterpart(line.kind)
    (listed,) = (each["allowed"] for each in json.loads(allowed) if each["uplink"] == name)
    names = {world.web.name: world.web.address, **world.web.others}
    sent = records(file.read_bytes(), begin, live=True)
    return judge(sent, [*listed, *end.around(line)], [end.own(line)], names)


if __name__ == "__main__":
    main()
