"""When sources are from: by this a box tells an older system from a newer one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.process import run
from image.account import manifest

NAMED = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Somebody")
MADE = 1_754_697_600


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is in no repository, whatever is around it."""
    monkeypatch.delenv(manifest.EPOCH, raising=False)
    (tmp_path / ".git").write_text("gitdir: /nowhere")
    return tmp_path


def test_sources_are_as_old_as_their_commit_whatever_was_changed_since(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.email=somebody@example.org"]
    run([*git, "init", "--quiet"])
    (tmp_path / "file").write_text("one")
    run([*git, "add", "file"])
    run(
        [*git, "commit", "--quiet", "--message=One"],
        env=NAMED | {"GIT_COMMITTER_DATE": f"@{MADE} +0000", "GIT_AUTHOR_DATE": "@1000000000 +0000"},
    )
    clean = manifest.commit(tmp_path)
    assert (clean.seconds, clean.dirty) == (MADE, False)
    (tmp_path / "file").write_text("two")
    assert manifest.commit(tmp_path) == manifest.Commit(clean.id, True, MADE)


def test_where_there_is_no_git_the_environment_says_it_or_nobody(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert manifest.commit(outside) == manifest.Commit("", True, 0)
    monkeypatch.setenv(manifest.EPOCH, str(MADE))
    assert manifest.commit(outside) == manifest.Commit("", True, MADE)
    monkeypatch.setenv(manifest.EPOCH, "yesterday")
    assert manifest.commit(outside).seconds == 0
