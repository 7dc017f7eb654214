"""The secrets folder: made where something is missing, checked before something is built from it."""

from __future__ import annotations

import fcntl
import os
import secrets as randomness
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.site import Site
from gateway_init.wellknown.tunnel import fingerprint
from servers import certificate, self_signed, signing, tls_crypt, wireguard
from servers.needed import KEY_OF, Secret, of_site

__all__ = ["Secret", "check", "check_server", "fingerprint", "make_missing", "read"]

RANDOM_BYTES = 32
"""Of entropy in a fresh password or key: as many as chacha20's key has."""


def make_missing(site: Site, folder: Path) -> list[str]:
    """Make the secrets that are not there, and return their file names. What is there is never touched.

    An uplink's password is a random one, which only suits a test: the user puts the provider's in its place.
    Raises Mistake where the folder cannot be used, or a certificate is there without its key.
    """
    made = []
    with alone_in(folder):
        for each in of_site(site):
            path = folder / each.file
            if os.path.lexists(path):
                continue
            if each.kind.endswith("key") and (orphan := _certificate_of(site, folder, each.file)):
                raise Mistake(f"{orphan}: its private key {each.file} is missing", hint=f"put it back, or rm {orphan}")
            put(path, fresh(each, folder))
            made.append(each.file)
    return made


def check(site: Site, folder: Path) -> None:
    """Raise Mistake for the first secret that is missing, malformed, mismatched, expired, or readable by others."""
    _check(list(of_site(site)), folder)


def check_server(site: Site, name: str, folder: Path) -> None:
    """As check(), for the secrets that the kit of one server carries."""
    wanted = set(secret.on_server(site, name))
    _check([each for each in of_site(site) if each.file in wanted], folder)


def read(folder: Path, file: str) -> str:
    """The text of a secret, without the newline that an editor leaves at its end. Raises Mistake."""
    path = folder / file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Mistake(f"{path}: missing", hint="`invoke keys` makes it") from None
    except UnicodeDecodeError:
        raise Mistake(f"{path}: is not text", hint=_anew(path)) from None
    except OSError as error:
        raise Mistake(f"{path}: {error.strerror}", hint="make it a readable file") from None
    return text.removesuffix("\n").removesuffix("\r")


def _check(wanted: list[Secret], folder: Path) -> None:
    if not folder.is_dir():
        raise Mistake(f"{folder}: no such folder", hint="`invoke keys` makes it")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise Mistake(f"{folder}: open to others", hint=f"chmod 700 {folder}")
    texts = {}
    for each in wanted:
        path = folder / each.file
        text = texts[each] = read(folder, each.file)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Mistake(f"{path}: open to others", hint=f"chmod 600 {path}")
        if not text.strip():
            raise Mistake(f"{path}: is empty", hint=_anew(path))
    for each, text in texts.items():
        if fault := _fault(each, text, folder):
            raise Mistake(f"{folder / each.file}: {fault}", hint=_anew(folder / each.file))


def _fault(each: Secret, text: str, folder: Path) -> str:
    match each.kind:
        case "text":
            if not text.isprintable():
                return "is not one line of plain text"
            return f"has {len(text)} characters, fewer than {each.least}" if len(text) < each.least else ""
        case "key":
            return certificate.key_fault(text)
        case "certificate":
            return certificate.fault(text, each.owner, each.role) or _stray(each, text, folder)
        case "wrapping key":
            return tls_crypt.fault(text, tls_crypt.SERVER)
        case "wrapped key":
            return tls_crypt.fault(text, tls_crypt.CLIENT) or _stray(each, text, folder)
        case "signing key":
            return signing.key_fault(text)
        case "signing certificate":
            return signing.certificate_fault(text) or _stray(each, text, folder)
        case "ssh key":
            return signing.ssh_fault(text + "\n")
        case "ssh public key" | "ssh known host":
            return _stray(each, text, folder)
        case "carrier key":
            return wireguard.fault(text)
        case "carrier public key":
            return wireguard.fault(text) or _stray(each, text, folder)


def _stray(each: Secret, text: str, folder: Path) -> str:
    # The box has the servers' certificates without their keys.
    if not (folder / each.key).exists():
        return ""
    key = read(folder, each.key)
    if fault := _fault(Secret(each.key, KEY_OF[each.kind]), key, folder):
        raise Mistake(f"{folder / each.key}: {fault}", hint=_anew(folder / each.key))
    match each.kind:
        case "ssh public key":
            fits = text.split()[:2] == signing.ssh_public(key + "\n").split()[:2]
        case "ssh known host":
            fits = text.split() == signing.ssh_known_host(key + "\n").split()
        case "wrapped key":
            fits = tls_crypt.belong_together(key, text)
        case "carrier public key":
            fits = text.strip() == wireguard.public(key).strip()
        case _:
            fits = self_signed.belong_together(key, text)
    return "" if fits else f"does not belong to {each.key}"


def _anew(path: Path) -> str:
    return f"put the right one there, or: rm {path}, then `invoke keys` makes it anew"


def _certificate_of(site: Site, folder: Path, key: str) -> Path | None:
    return next(
        (folder / each.file for each in of_site(site) if each.key == key and (folder / each.file).exists()),
        None,
    )


def fresh(each: Secret, folder: Path) -> str:
    """The text of a new one; of a certificate, for its key in the folder. Raises Mistake where that is none."""
    match each.kind:
        case "text":
            return randomness.token_urlsafe(RANDOM_BYTES) + "\n"
        case "key":
            return certificate.new_key()
        case "wrapping key":
            return tls_crypt.new_server_key()
        case "signing key":
            return signing.new_key()
        case "ssh key":
            return signing.new_ssh_key()
        case "carrier key":
            return wireguard.new_key()
        case _:
            key = read(folder, each.key)
            try:
                return _of_key(each, key)
            except ValueError:
                path = folder / each.key
                fault = _fault(Secret(each.key, KEY_OF[each.kind]), key, folder)
                raise Mistake(f"{path}: {fault}", hint=_anew(path)) from None


def _of_key(each: Secret, key: str) -> str:
    match each.kind:
        case "certificate":
            return certificate.new_certificate(key, each.owner, each.role)
        case "wrapped key":
            return tls_crypt.new_client_key(key)
        case "signing certificate":
            return signing.new_certificate(key)
        case "ssh known host":
            return signing.ssh_known_host(key + "\n")
        case "carrier public key":
            return wireguard.public(key)
        case _:
            return signing.ssh_public(key + "\n")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make the folder if it is missing, close it to others, and keep a second run out until we are done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise Mistake(f"{folder}: {error.strerror}", hint="name a folder that you may write to") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def put(path: Path, text: str) -> None:
    """Write a secret for its owner's eyes only: the whole of it or nothing. Raises Mistake."""
    try:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # made 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).rename(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Mistake(f"{path}: {error.strerror}", hint="make room, or the folder writable") from None
