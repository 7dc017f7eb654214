"""Whatever is edited on the box, and whatever images come and go: no edit is lost, and none goes unsaid."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway_init.store.three_way import Choice, ThreeWay
from tests.unit.gateway.box import Box, lease

texts = st.none() | st.sampled_from([b"one", b"two", b"three", b""])
files = st.builds(ThreeWay, texts, texts, texts)


@given(files)
def test_an_edit_is_in_force_and_without_one_the_image_s_own(file: ThreeWay) -> None:
    edited = file.mine is not None and file.mine != file.base
    assert file.in_force == (file.mine if edited else file.image)


@given(files)
def test_both_are_told_exactly_where_three_texts_differ(file: ThreeWay) -> None:
    three = file.mine is not None and len({file.mine, file.base, file.image}) == 3
    assert (file.choice is Choice.BOTH) == three


@given(files, texts)
def test_after_an_update_and_its_rollback_the_answer_is_as_before(file: ThreeWay, other: bytes | None) -> None:
    updated = ThreeWay(file.mine, file.base, other)
    back = ThreeWay(updated.mine, updated.base, file.image)
    assert (back.choice, back.in_force) == (file.choice, file.in_force)


@given(files, texts)
def test_an_update_never_takes_an_edit_out_of_force(file: ThreeWay, other: bytes | None) -> None:
    if file.choice is not Choice.AS_BUILT:
        assert ThreeWay(file.mine, file.base, other).in_force == file.mine


HOURS = st.integers(1, 4)


class Life(RuleBasedStateMachine):
    """A box in the hands of somebody who edits, updates, rolls back and pulls the plug as he likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.box = Box(self.folder)
        self.image = self.before = 12
        self.mine: int | None = None
        self.box.boot()

    @rule(hours=HOURS)
    def edit(self, hours: int) -> None:
        changed = self.box.in_force() != lease(hours)
        self.box.write(lease(hours))
        self.box.restart()
        # What changes nothing is no edit, also where it is the image's own and an older edit is in its shadow.
        if changed:
            self.mine = None if hours == self.image else hours

    @rule(hours=HOURS)
    def update(self, hours: int) -> None:
        self.image, self.before = hours, self.image
        self.box.install(lease(hours))
        self.box.boot()

    @rule()
    def roll_back(self) -> None:
        self.update(self.before)

    @rule()
    def pull_the_plug(self) -> None:
        self.box.boot()

    @invariant()
    def what_was_edited_is_in_force(self) -> None:
        assert self.box.in_force() == lease(self.image if self.mine is None else self.mine)

    @invariant()
    def it_is_said_what_is_in_force(self) -> None:
        assert (self.box.state.state is Choice.AS_BUILT) == (self.mine in (None, self.image))

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=8, stateful_step_count=8)
