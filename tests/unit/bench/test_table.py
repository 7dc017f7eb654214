"""Figures for a person: those that miss their limit stand out."""

from __future__ import annotations

from bench.table import Figure, render


def test_a_limit_that_is_missed_stands_out() -> None:
    text = render("Builds", [Figure("kept", 2.96, "s", 3), Figure("missed", 1.6, "times", 1.5)], ["no mkosi"])
    assert text.splitlines() == [
        "Builds",
        "  kept        3.0 s   (at most 3)",
        "  missed     1.60 times   (at most 1.5: MISSED)",
        "  no mkosi",
    ]
