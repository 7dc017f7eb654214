"""Updates as the boot loader's memory sees them: whatever is cut short, a system that works comes up by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.mistake import Mistake
from gateway_init.update import boot_memory, rauc_backend
from gateway_init.update import record as update_record
from gateway_init.update import settle as start
from gateway_init.update.record import CUT, UNSEEN, Update, settle
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.slots import AS_DELIVERED, BAD, NAMES, PROVEN, TRIAL, Slot, Slots

_change, _recall, _note = boot_memory.change, update_record.recall, update_record.note

any_slot = st.builds(Slot, st.booleans(), st.integers(0, 9))
any_slots = st.builds(Slots, st.sampled_from([("A", "B"), ("B", "A")]), any_slot, any_slot)

Content = Literal["works", "panics", "carries nothing", "torn"]
Cut = Literal["nowhere", "while writing", "once written", "at the first start", "at the verdict"]


class Box:
    """A gateway that is updated; what is in its slots decides how a start ends."""

    def __init__(self) -> None:
        self.content: dict[str, Content] = {"A": "works", "B": "works"}
        self.memory: Slots | None = AS_DELIVERED
        self.record: Update | None = None
        self.runs = "A"

    def update(self, content: Content, cut: Cut) -> None:
        slot = slots.other(self.runs)
        self.record = Update(old="1", new="2", slot=slot, paths=(), served=True)
        assert self.memory
        self.memory, self.content[slot] = slots.installing(self.memory, slot), "torn"
        if cut == "while writing":
            return
        self.memory, self.content[slot] = slots.installed(self.memory, slot), content
        if cut == "at the first start":
            _, self.memory = slots.choose(self.memory)
        if cut == "at the verdict" and content == "works":
            _, self.memory = slots.choose(self.memory)
            self.memory = slots.proven(self.memory, slot)

    def start(self) -> bool:
        """Switch on; whether a system that works came up, and has told so."""
        name, self.memory = slots.choose(self.memory or AS_DELIVERED)
        if self.content[name] in ("torn", "panics"):
            return False
        if not self.memory[name].proven:
            good = self.content[name] == "works"
            self.memory = (slots.proven if good else slots.rejected)(self.memory, name)
            self.runs = name
            return good
        self.record, self.memory = settle(self.record, self.memory, name)
        self.runs = name
        return self.content[name] == "works"

    def start_until_it_works(self) -> None:
        for _ in range(slots.TRIAL_TRIES + 1):
            if self.start():
                return
        raise AssertionError(f"no way up: {self.content} {self.memory}")


cuts = st.sampled_from(["nowhere", "while writing", "once written", "at the first start", "at the verdict"])
contents = st.sampled_from(["works", "panics", "carries nothing"])


@given(st.lists(st.tuples(contents, cuts), min_size=1, max_size=6))
def test_after_any_updates_and_cuts_a_system_that_works_comes_up(story: list[tuple[Content, Cut]]) -> None:
    box = Box()
    for content, cut in story:
        box.update(content, cut)
        box.start_until_it_works()
        assert box.memory
        assert box.memory[box.runs].state == "good"
        assert box.memory.order[0] == box.runs


def test_a_cut_while_writing_is_told_as_such() -> None:
    box = Box()
    box.update("works", "while writing")
    box.start_until_it_works()
    assert box.runs == "A"
    assert box.record
    assert (box.record.state, box.record.reason) == ("interrupted", CUT)


def test_a_system_that_never_came_up_is_told_as_such() -> None:
    box = Box()
    box.update("panics", "nowhere")
    box.start_until_it_works()
    assert box.runs == "A"
    assert box.record
    assert (box.record.state, box.record.reason) == ("rejected", UNSEEN)


def test_a_system_that_waits_for_the_next_start_is_left_to_it() -> None:
    box = Box()
    box.update("works", "nowhere")
    _, memory = settle(box.record, box.memory, "A")
    assert memory == box.memory


def test_one_power_cut_at_the_first_start_does_not_cost_the_update() -> None:
    box = Box()
    box.update("works", "at the first start")
    box.start_until_it_works()
    assert box.runs == "B"


@given(any_slots, st.sampled_from(NAMES))
def test_a_memory_that_was_lost_is_made_again_for_the_slot_that_runs(before: Slots, own: str) -> None:
    _, healed = settle(None, None, own)
    assert healed.order[0] == own
    assert healed[own] == PROVEN
    # The other one stands by: if this one fails for good, it is tried.
    for _ in range(slots.PROVEN_TRIES):
        name, healed = slots.choose(healed)
        assert name == own
    assert slots.choose(healed)[0] == slots.other(own)
    assert slots.parse(slots.render(before)) == before


@given(any_slots, any_slots)
def test_a_torn_write_leaves_the_old_memory_or_the_new_one(old: Slots, new: Slots) -> None:
    before, after = slots.render(old), slots.render(new)
    torn = after[: slots.SECTOR] + before[slots.SECTOR :]
    assert slots.parse(torn) == new
    assert slots.parse(before[: slots.SECTOR] + after[slots.SECTOR :]) == old


@given(st.binary(max_size=slots.BYTES))
def test_what_is_no_memory_is_none_and_never_an_error(block: bytes) -> None:
    assert slots.parse(block) is None or block.startswith(slots.HEAD)
    assert slots.parse(slots.HEAD + block) is not None


@given(any_slots)
def test_every_memory_gives_a_slot_and_a_proven_one_where_there_is_one(memory: Slots) -> None:
    name, _ = slots.choose(memory)
    assert name in NAMES
    if memory[name].state in ("bad", "failing"):
        assert not any(memory[each].bootable for each in NAMES)
        assert memory[name].proven or not any(memory[each].proven for each in NAMES)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    file = tmp_path / "disk"
    place = 5000
    with file.open("wb") as image:
        image.truncate(4 << 20)
        image.seek(slots.POINTER_AT * slots.SECTOR)
        image.write(slots.pointer(place))
        image.seek(place * slots.SECTOR)
        image.write(slots.render(AS_DELIVERED))
    return file


def test_rauc_installs_and_switches_by_our_backend(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(*words: str) -> str:
        assert rauc_backend.main(words, disk) == 0
        return capsys.readouterr().out.strip()

    assert (ask("get-primary"), ask("get-state", "B")) == ("A", "good")
    ask("set-state", "B", "bad")
    assert (ask("get-primary"), ask("get-state", "B")) == ("A", "bad")
    ask("set-primary", "B")
    assert (ask("get-primary"), ask("get-state", "B")) == ("B", "good")
    assert boot_memory.read(disk) == Slots(("B", "A"), PROVEN, TRIAL)


def test_a_memory_of_zeros_is_written_anew(disk: Path) -> None:
    with disk.open("r+b") as image:
        image.seek(5000 * slots.SECTOR)
        image.write(bytes(slots.BYTES))
    assert boot_memory.read(disk) is None
    boot_memory.change(lambda now: slots.up(now, "B"), disk)
    assert boot_memory.read(disk) == Slots(("B", "A"), TRIAL, PROVEN)


def test_what_is_not_understood_changes_nothing(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = disk.read_bytes()
    assert rauc_backend.main(["set-state", "C", "good"], disk) == 2
    assert "not understood" in capsys.readouterr().err
    assert disk.read_bytes() == before


def test_another_disk_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "disk"
    other.write_bytes(bytes(2 << 20))
    with pytest.raises(Mistake, match="does not say"):
        boot_memory.change(lambda _: AS_DELIVERED, other)
    assert other.read_bytes() == bytes(2 << 20)


def test_a_slot_has_one_name_for_each_of_its_states() -> None:
    states = [slot.state for slot in (PROVEN, TRIAL, BAD, Slot(True, slots.PROVEN_TRIES))]
    assert states == ["good", "trial", "bad", "failing"]


def test_a_daemon_that_comes_back_during_an_update_leaves_it_alone(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, line = tmp_path / "update.json", tmp_path / "cmdline"
    line.write_text("console=ttyS0 braid.slot=A\n")
    monkeypatch.setattr(place, "START_NOTED", tmp_path / "run/start-noted")
    monkeypatch.setattr(place, "COMMAND_LINE", line)
    monkeypatch.setattr(boot_memory, "own_slot", lambda: "A")
    monkeypatch.setattr(boot_memory, "change", lambda how, at=disk: _change(how, at))
    monkeypatch.setattr(update_record, "recall", lambda: _recall(record))
    monkeypatch.setattr(update_record, "note", lambda update, file=record: _note(update, file))
    start.note_start()

    under_way = Update(old="1", new="2", slot="B", paths=("adsl",), served=True)
    update_record.note(under_way, record)
    rauc_backend.main(["set-state", "B", "bad"], disk)
    start.note_start()

    assert _recall(record) == under_way
