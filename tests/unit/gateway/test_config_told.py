"""What a person is told of the config's copies: its state in a sentence, and the differences line by line."""

from __future__ import annotations

import msgspec
import pytest

from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.store.change import built_in
from gateway_init.store.copies import Snapshot
from gateway_init.store.diff import Difference, differences, text
from gateway_init.store.in_force import Placed
from gateway_init.store.state import ConfigState, compose, sentence
from gateway_init.store.three_way import Choice, ThreeWay
from tests.frozen import HOME

CONFIG = "gateway.yaml"
SECRET = "secrets/uplink-adsl.password"
EDITED = ThreeWay(mine=b"a\nmine\n", base=b"a\nold\n", image=b"a\nold\n")
BOTH = ThreeWay(mine=b"a\nmine\n", base=b"a\nold\n", image=b"a\nnew\n")
BUILT = ThreeWay(image=b"a\nold\n")


def snapshot(file: ThreeWay, effective: bytes | None = None, name: str = CONFIG) -> Snapshot:
    return Snapshot({name: file}, {name: file.in_force or b"" if effective is None else effective})


def shown(given: Snapshot, *refused: str) -> list[str]:
    return [text(each) for each in differences(given, refused)]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (ConfigState(), "as built"),
        (ConfigState(edited=("a", "b")), "edited on the box (a, b)"),
        (
            ConfigState(edited=("a", "b"), both=("b",)),
            "edited on the box (a, b), and the image's own of b changed too: `braid config diff` shows both",
        ),
        (
            ConfigState(edited=("a",), refused=("a",), reason="no path"),
            "edited on the box (a), but a cannot be used, so the image's own is in force: no path",
        ),
        (ConfigState(until_reboot=("a", "b")), "as built, changed until the next start only: a, b"),
        (ConfigState(unreadable=("a: torn", "b: torn")), "as built, cannot be read: a: torn, cannot be read: b: torn"),
    ],
)
def test_the_state_in_a_sentence(state: ConfigState, told: str) -> None:
    assert sentence(state) == told


def test_the_state_follows_from_the_copies() -> None:
    assert compose(snapshot(BUILT), Placed()) == ConfigState()
    assert compose(snapshot(EDITED), Placed()) == ConfigState(state=Choice.EDITED, edited=(CONFIG,))
    assert compose(snapshot(BOTH), Placed()) == ConfigState(state=Choice.BOTH, edited=(CONFIG,), both=(CONFIG,))
    assert compose(snapshot(BUILT, b"tried\n"), Placed()) == ConfigState(until_reboot=(CONFIG,))
    torn = Snapshot({}, {}, ("/data/config: torn",))
    assert compose(torn, Placed()) == ConfigState(unreadable=("/data/config: torn",))


def test_what_was_refused_is_not_told_as_a_change_until_the_next_start() -> None:
    refused = Placed(refused=(CONFIG, "gone"), reason="no path")
    state = ConfigState(state=Choice.EDITED, edited=(CONFIG,), refused=(CONFIG,), reason="no path")
    assert compose(snapshot(EDITED, b"a\nold\n"), refused) == state
    assert shown(snapshot(BUILT, b"tried\n"), CONFIG) == []


def test_an_edit_is_shown_line_by_line() -> None:
    assert shown(snapshot(EDITED)) == [
        "gateway.yaml: edited on the box\n"
        "--- gateway.yaml (the image's)\n+++ gateway.yaml (on the box)\n@@ -1,2 +1,2 @@\n a\n-old\n+mine"
    ]


def test_where_the_image_s_own_changed_as_well_both_are_shown() -> None:
    assert shown(snapshot(BOTH)) == [
        "gateway.yaml: edited on the box, and the image's own changed too; the box's is in force\n"
        "--- gateway.yaml (the image's)\n+++ gateway.yaml (on the box)\n@@ -1,2 +1,2 @@\n a\n-old\n+mine\n"
        "--- gateway.yaml (the image's)\n+++ gateway.yaml (the image's now)\n@@ -1,2 +1,2 @@\n a\n-old\n+new"
    ]


def test_a_change_until_the_next_start_is_shown_beside_what_is_kept() -> None:
    assert shown(snapshot(BUILT, b"a\ntried\n")) == [
        "gateway.yaml: changed until the next start only\n"
        "--- gateway.yaml (kept)\n+++ gateway.yaml (until the next start)\n@@ -1,2 +1,2 @@\n a\n-old\n+tried"
    ]


def test_of_a_secret_only_the_name_is_shown() -> None:
    assert list(differences(snapshot(EDITED, name=SECRET), ())) == [Difference(SECRET, Choice.EDITED)]
    assert shown(snapshot(EDITED, name=SECRET)) == [f"{SECRET}: edited on the box"]
    new = Snapshot({}, {SECRET: b"new"})
    assert shown(new) == [f"{SECRET}: changed until the next start only"]


def test_what_is_as_built_is_not_shown() -> None:
    assert shown(snapshot(BUILT)) == []
    assert shown(Snapshot({CONFIG: BUILT}, {})) == []


LOGIN = HOME.text.replace("console: shell", "console: login\npassword_hash: $y$j9T$abc")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (HOME.text, []),
        (HOME.text.replace("lease: 12h", "lease: 1h"), []),
        (HOME.text.replace("site: home", "site: house"), ["site"]),
        (LOGIN, ["console", "password_hash"]),
        (HOME.text.replace("ssh_keys: []", "ssh_keys: [ssh-ed25519 AAAA me]"), ["lan.ssh_keys"]),
        (HOME.text.replace("192.168.77.1/24", "192.168.77.2/24"), ["lan.address, for SSH"]),
        (HOME.text.replace("192.168.77.1/24", "192.168.77.1/23"), []),
    ],
)
def test_what_only_another_image_brings_into_force_is_named(text: str, keys: list[str]) -> None:
    image: Site = HOME.load()
    assert built_in(image, parse(text)) == keys
    assert built_in(image, msgspec.structs.replace(image)) == []
