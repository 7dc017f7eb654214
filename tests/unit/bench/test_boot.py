"""What `invoke bench boot` makes of its measurements."""

from __future__ import annotations

import json

import pytest

from bench import boot
from bench.boot import Boot, Pair


def pairs(*seconds: tuple[float, float]) -> tuple[Pair, ...]:
    return tuple(Pair(Boot(ours, ours * 1.5), Boot(theirs, theirs * 1.5)) for ours, theirs in seconds)


def test_the_ratio_is_that_of_each_pair_and_not_of_the_medians() -> None:
    result = boot.summed_up(pairs((20, 40), (60, 60), (30, 90)))
    assert (result.ratio.least, result.ratio.median, result.ratio.most) == pytest.approx((1 / 3, 0.5, 1))
    assert result.gateway.median / result.plain.median == 0.5


def test_a_person_sees_each_pair_and_the_spread() -> None:
    lines = boot.render(boot.summed_up(pairs((20, 40), (60, 60), (30, 90)))).splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["0.50", "1.00", "0.33", "0.33", "0.50", "1.00", "(median)"]


def test_where_plain_debian_is_as_quick_the_goal_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boot, "measure", lambda *_: boot.summed_up(pairs((40, 40))))
    with pytest.raises(SystemExit):
        boot.run(None, None, None, None, as_json=True)  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out)["ratio"]["median"] == 1
