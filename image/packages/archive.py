"""Debian's archive: what is the newest there, and the packages themselves. What asks it runs in a sandbox.

apt does the work, in a folder of its own that knows nothing of this machine's packages and settings. What comes from
the network counts only where Debian's keys vouch for it; the indexes are kept in the cache, to ask them again later.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image.packages import package, pool
from image.packages.package import Package, Selection
from image.work import cache, files, step, tarball

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

UNREACHABLE = re.compile(
    r"(Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|"
    r"Network is unreachable|Connection (?:timed out|refused|failed)|No route to host)[^\n]*"
)

SOURCES = "sources.list"
PLACES = f'cp "$1/etc/apt/{SOURCES}"'
"""A hook of mmdebstrap's: it knows a suite's places in the archive (with its updates), and we ask it for them."""

CONFIG = """\
Dir "{home}";
Dir::State "{home}";
Dir::State::Status "{home}/status";
Dir::Cache "{home}/cache";
Dir::Etc "{home}/none";
Dir::Etc::SourceList "{home}/{sources}";
Dir::Etc::SourceParts "{home}/none";
Dir::Etc::Parts "{home}/none";
Dir::Etc::PreferencesParts "{home}/none";
Dir::Etc::Trusted "/dev/null";
Dir::Etc::TrustedParts "{home}/none";
APT::Architecture "{architecture}";
APT::Architectures "{architecture}";
APT::Install-Recommends "0";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
pkgCacheGen::ForceEssential ",";
"""
"""What apt goes by. The last line: it takes the essential packages where we name them, and not on its own."""


class Query(Struct, frozen=True):
    """Selections to be made from one state of the archive."""

    selections: tuple[Selection, ...]
    """All of one suite."""
    current: bool
    """Whether the archive must be reached; else its state of the last time will do."""
    log: Path


class Order(Struct, frozen=True):
    """Packages to be in the pool."""

    packages: tuple[Package, ...]
    suite: str
    components: tuple[str, ...]
    log: Path


def check() -> None:
    """Raises Mistake where mmdebstrap is missing."""
    if shutil.which("mmdebstrap") is None:
        raise Mistake("mmdebstrap is not installed", hint="`./invoke` installs what the build needs")


def resolve(query: Query, scratch: Path) -> list[list[Package]]:
    """The packages of each selection, in their newest versions, all in the pool afterwards.

    Raises Mistake where a package is unknown, or is neither in the pool nor to be fetched.
    """
    suite, components = query.selections[0].suite, _components(query.selections)
    apt = _Apt(suite, components, scratch, query.log)
    with step.step(f"Asking the archive of {suite} for its newest packages"):
        apt.update(needed=query.current)
        found = [apt.select(selection) for selection in query.selections]
    apt.fetch(sorted({one for packages in found for one in packages}))
    return found


def fetch(order: Order, scratch: Path) -> None:
    """Put exactly these packages into the pool. Raises Mistake that names all that are nowhere to be found."""
    if not (absent := pool.absent(order.packages)):
        return
    apt = _Apt(order.suite, order.components, scratch, order.log)
    with step.step(f"Looking for {len(absent)} packages in the archive of {order.suite}"):
        apt.update(needed=False)
        offered = {one.sha256 for one in apt.show([one.name for one in absent], "--all-versions")}
    if lost := [one for one in absent if one.sha256 not in offered]:
        listing = "\n".join(f"{one.name} {one.version} ({one.architecture}, sha256 {one.sha256})" for one in lost)
        raise Mistake(
            f"{len(lost)} of {len(order.packages)} locked packages are neither in the cache nor in the archive",
            hint=f"{listing}\n`invoke lock` locks what the archive has now",
        )
    apt.fetch(absent)


def sources(suite: str, components: Sequence[str]) -> str:
    """Lines of sources.list(5): where a suite is, as found when it was last asked. Raises CommandFailed if never."""
    return tarball.read(_kept(suite, tuple(sorted(components))), SOURCES)


def _kept(suite: str, components: tuple[str, ...]) -> Path:
    return cache.home() / f"indexes-{cache.key(suite, components)}.tar"


def _components(selections: Sequence[Selection]) -> tuple[str, ...]:
    return tuple(sorted({one for selection in selections for one in selection.components}))


class _Apt:
    """apt in a folder of its own."""

    def __init__(self, suite: str, components: tuple[str, ...], scratch: Path, log: Path) -> None:
        self._suite = suite
        self._components = components
        self._scratch = scratch
        self._home = scratch / "apt"
        self._log = log
        self._kept = _kept(suite, components)
        for name in ("none", "cache/archives/partial", "lists/partial"):
            (self._home / name).mkdir(parents=True)
        (self._home / "status").touch()
        self._env = {"APT_CONFIG": str(scratch / "apt.conf")}
        config = CONFIG.format(home=self._home, sources=SOURCES, architecture=package.ARCHITECTURE)
        (scratch / "apt.conf").write_text(config)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        if self._kept.exists():
            tarball.unpack(self._kept, self._home)

    def update(self, *, needed: bool) -> None:
        """Get the indexes as they are now; unless `needed`, those of the last time will do."""
        try:
            if not (self._home / SOURCES).exists():
                self._find_places()
            self._get("update")
        except process.CommandFailed as failure:
            why = UNREACHABLE.search(failure.output)
            if why and self._kept.exists() and not needed:
                asked = datetime.fromtimestamp(self._kept.stat().st_mtime).astimezone()
                step.say(f"no network: going by what the archive had on {asked:%d %B %Y}")
                return
            raise _no_network(self._suite, why) if why else failure from None
        tar = self._scratch / "indexes.tar"
        tarball.pack(self._home, tar, SOURCES, "lists")
        with files.lock(cache.home() / "locks" / self._kept.name):
            files.publish(tar, self._kept)

    def select(self, selection: Selection) -> list[Package]:
        """The newest of each package that a selection needs."""
        words = ["--simulate", "--yes", "--quiet=2", "install", package.ESSENTIAL, *selection.packages]
        try:
            plan = package.planned(self._ask("apt-get", *words))
        except process.CommandFailed as failure:
            said = [line.removeprefix("E: ") for line in failure.output.splitlines() if line.startswith("E: ")]
            if not said:
                raise
            raise Mistake(f"{self._suite}: {said[0]}", hint="the packages are named in the recipe") from None
        found = self.show([f"{name}={version}" for name, (version, _) in plan.items()])
        return sorted(Package(*_identity(one), security=plan[one.name][1]) for one in found)

    def show(self, names: Sequence[str], *options: str) -> list[Package]:
        return list(package.described(self._ask("apt-cache", "--quiet", "show", *options, *names)))

    def fetch(self, packages: Sequence[Package]) -> None:
        """Put those that the pool lacks into it."""
        if not (absent := pool.absent(packages)):
            return
        with step.step(f"Fetching {len(absent)} packages"):
            debs = self._scratch / "debs"
            debs.mkdir()
            try:
                self._get("--quiet=2", "download", *(one.exactly for one in absent), cwd=debs)
            except process.CommandFailed as failure:
                if why := UNREACHABLE.search(failure.output):
                    raise _no_network(self._suite, why) from None
                raise
            got = {pool.add(deb) for deb in debs.iterdir()}
            shutil.rmtree(debs)
            if wrong := [one.exactly for one in absent if one.sha256 not in got]:
                raise Mistake(f"the archive sent other packages than it promised: {', '.join(wrong)}")

    def _find_places(self) -> None:
        tmp = self._scratch / "tmp"
        tmp.mkdir()
        sources = self._home / SOURCES
        process.run(
            [
                "mmdebstrap",
                "--mode=root",
                "--variant=custom",
                "--format=null",
                "--skip=update,download,extract,essential,cleanup",
                f"--components={','.join(self._components)}",
                f"--architectures={package.ARCHITECTURE}",
                f"--setup-hook={PLACES} {sources}",
                self._suite,
                "/dev/null",
            ],
            env={"TMPDIR": str(tmp)},
        )
        sources.write_text(signed(sources.read_text()))

    def _get(self, *words: str, cwd: Path | None = None) -> str:
        return process.run(["apt-get", "--yes", *words], env=self._env, cwd=cwd, log=self._log).stdout

    def _ask(self, *words: str) -> str:
        return process.run(words, env=self._env).stdout


def signed(sources: str) -> str:
    """Lines of sources.list(5) such that nothing but Debian's own keys vouches for what they lead to.

    >>> signed("deb http://archive/debian trixie main\\n").split()[1]
    '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    """
    return re.sub(r"^deb (\[[^\]]*\] )?", f"deb [signed-by={KEYRING}] ", sources, flags=re.M)


def _identity(one: Package) -> tuple[str, str, str, str]:
    return one.name, one.version, one.architecture, one.sha256


def _no_network(suite: str, why: re.Match[str]) -> Mistake:
    return Mistake(
        f"no network: the packages of {suite} cannot be fetched ({why.group(0).strip()})",
        hint="check the connection, or http_proxy; once in the cache, packages need no network",
    )
