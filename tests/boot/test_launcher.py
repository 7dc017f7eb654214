"""The first `./invoke` of a clone makes its environment, whoever else starts it and whatever went wrong before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.launching import bare_clone, start

IMPOSSIBLE = "no-such-distribution==1.0 --hash=sha256:" + 64 * "0" + "\n"


def test_it_prepares_once_whatever_went_wrong_before_and_whoever_else_starts_it(tmp_path: Path) -> None:
    clone = bare_clone(tmp_path)
    locked = clone / "requirements.txt"
    locked.write_text(IMPOSSIBLE, encoding="utf-8")
    code, out, err = start(clone / "invoke", "build")
    assert (code, out) == (2, "")
    assert "error: the Python dependencies could not be installed" in err
    assert "no-such-distribution" in err
    assert "Traceback" not in err

    locked.write_text("# nothing\n", encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda word: start(clone / "invoke", word), ["build", "test"]))
    assert [(code, out) for code, out, _ in both] == [(0, f"{clone}/.venv build\n"), (0, f"{clone}/.venv test\n")]
    assert "".join(err for _, _, err in both).count("making .venv") == 1

    # Plain `invoke` with the environment active is the same command.
    assert start(clone / ".venv/bin/invoke", "check", "--json") == (0, f"{clone}/.venv check --json\n", "")
