"""Stories of the secrets folder: made once, never overwritten, refused where it is not right."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.config.site import Site
from gateway_init.wellknown.tunnel import fingerprint
from image import build
from servers import certificate, keys, self_signed
from tests.frozen import HOME


def snapshot(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_fresh_site_gets_every_secret_that_the_box_and_the_servers_name(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "secrets"
    made = keys.make_missing(site, folder)
    wanted = set(secret.on_the_box(site)).union(*(secret.on_server(site, name) for name in site.servers))
    wanted |= {secret.UPDATE_KEY, secret.UPDATE_SSH_KEY, secret.SSH_KNOWN_HOST}
    assert set(made) == wanted == set(snapshot(folder))
    keys.check(site, folder)


def test_only_the_owner_can_read_them(made: Path) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in made.iterdir()} == {0o600}


def test_a_second_run_makes_nothing_and_changes_nothing(site: Site, secrets: Path) -> None:
    before = snapshot(secrets)
    assert keys.make_missing(site, secrets) == []
    assert snapshot(secrets) == before


def test_what_the_user_gave_is_kept_and_only_the_rest_is_made(site: Site, secrets: Path) -> None:
    (secrets / "uplink-adsl.password").write_text("the provider's password\n")
    (secrets / secret.shadowsocks_key("near")).unlink()
    assert keys.make_missing(site, secrets) == [secret.shadowsocks_key("near")]
    assert keys.read(secrets, "uplink-adsl.password") == "the provider's password"
    keys.check(site, secrets)


def test_a_lost_certificate_is_made_anew_for_its_old_key(site: Site, secrets: Path) -> None:
    key = (secrets / secret.server_key("near")).read_bytes()
    (secrets / secret.server_certificate("near")).unlink()
    assert keys.make_missing(site, secrets) == [secret.server_certificate("near")]
    assert (secrets / secret.server_key("near")).read_bytes() == key
    keys.check(site, secrets)


def test_a_certificate_without_its_key_is_not_replaced_behind_the_users_back(site: Site, secrets: Path) -> None:
    (secrets / secret.server_key("near")).unlink()
    before = snapshot(secrets)
    with pytest.raises(Mistake, match=r"openvpn-server-near\.crt: its private key"):
        keys.make_missing(site, secrets)
    assert snapshot(secrets) == before


def test_no_two_sites_share_a_secret(site: Site, made: Path, tmp_path: Path) -> None:
    keys.make_missing(site, tmp_path / "other")
    assert not set(snapshot(made).values()) & set(snapshot(tmp_path / "other").values())


def test_a_folder_that_cannot_be_one_is_a_mistake(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="file"):
        keys.make_missing(site, tmp_path / "file")
    with pytest.raises(Mistake, match="no such folder") as missing:
        keys.check(site, tmp_path / "nowhere")
    assert "invoke keys" in missing.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_secret_that_others_can_reach_is_refused_with_the_remedy(site: Site, secrets: Path, mode: int) -> None:
    path = secrets / secret.path_key("adsl-near")
    path.chmod(mode)
    with pytest.raises(Mistake, match=path.name) as refused:
        keys.check(site, secrets)
    assert refused.value.hint == f"chmod 600 {path}"


def test_an_open_folder_is_refused_and_the_next_run_closes_it(site: Site, secrets: Path) -> None:
    secrets.chmod(0o755)
    with pytest.raises(Mistake, match="open to others"):
        keys.check(site, secrets)
    keys.make_missing(site, secrets)
    keys.check(site, secrets)


def test_each_missing_or_empty_secret_is_named(site: Site, secrets: Path) -> None:
    for file, content in snapshot(secrets).items():
        (secrets / file).write_bytes(b" \n")
        with pytest.raises(Mistake, match=rf"{file}: is empty"):
            keys.check(site, secrets)
        (secrets / file).unlink()
        with pytest.raises(Mistake, match=rf"{file}: missing") as missing:
            keys.check(site, secrets)
        assert "invoke keys" in missing.value.hint
        (secrets / file).write_bytes(content)
        (secrets / file).chmod(0o600)
    keys.check(site, secrets)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("uplink-adsl.password", b"two\nlines\n", "one line"),
        ("uplink-adsl.password", b"\xff\xfe", "not text"),
        (secret.shadowsocks_key("near"), b"a\x00b", "one line"),
        (secret.path_key("adsl-near"), b"no key", "private key"),
        (secret.server_certificate("near"), b"no certificate", "not a certificate"),
        (secret.shadowsocks_key("near"), b"pass\n", "has 4 characters, fewer than 16"),
        (secret.UPDATE_KEY, b"no key", "is not an unencrypted RSA key"),
        (secret.UPDATE_CERTIFICATE, b"no certificate", "is not a certificate"),
        (secret.UPDATE_SSH_KEY, b"no key", "is not an unencrypted key in OpenSSH's format"),
        (secret.UPDATE_SSH_PUBLIC, b"ssh-ed25519 AAAA somebody", r"does not belong to update-ssh\.key"),
        (secret.SSH_HOST_KEY, b"no key", "is not an unencrypted key in OpenSSH's format"),
    ],
)
def test_garbage_is_refused(site: Site, secrets: Path, file: str, content: bytes, said: str) -> None:
    (secrets / file).write_bytes(content)
    with pytest.raises(Mistake, match=said) as refused:
        keys.check(site, secrets)
    assert file in refused.value.what
    assert f"rm {secrets / file}" in refused.value.hint


def test_an_encrypted_key_is_refused_because_nobody_will_type_its_password(
    site: Site, secrets: Path, tmp_path: Path
) -> None:
    path = secrets / secret.server_key("near")
    run(["openssl", "pkcs8", "-topk8", "-in", path, "-passout", "pass:x", "-out", tmp_path / "closed"])
    path.write_bytes((tmp_path / "closed").read_bytes())
    with pytest.raises(Mistake, match="unencrypted private key"):
        keys.check(site, secrets)


def test_a_certificate_of_somebody_else_is_refused(site: Site, secrets: Path) -> None:
    near = secrets / secret.server_certificate("near")
    shutil.copy(secrets / secret.server_certificate("abroad"), near)
    with pytest.raises(Mistake, match="common name 'abroad'"):
        keys.check(site, secrets)
    near.write_text(certificate.new_certificate(certificate.new_key(), "near", "server"))
    with pytest.raises(Mistake, match=r"does not belong to openvpn-server-near\.key"):
        keys.check(site, secrets)
    near.write_text(certificate.new_certificate(keys.read(secrets, secret.server_key("near")), "near", "client"))
    with pytest.raises(Mistake, match="not meant for a TLS server"):
        keys.check(site, secrets)


def test_a_host_key_is_known_by_its_own_public_half_alone(site: Site, secrets: Path) -> None:
    key, known = secrets / secret.SSH_HOST_KEY, secrets / secret.SSH_KNOWN_HOST
    public = " ".join(run(["ssh-keygen", "-y", "-f", key]).stdout.split()[:2])
    assert known.read_text() == f"* {public}\n"
    known.unlink()
    assert keys.make_missing(site, secrets) == [secret.SSH_KNOWN_HOST]
    assert known.read_text() == f"* {public}\n"
    known.write_text(f"192.168.77.1 {public[:-4]}AAAA\n")
    with pytest.raises(Mistake, match=r"does not belong to ssh-host\.key"):
        keys.check(site, secrets)


@pytest.mark.parametrize("file", [secret.server_certificate("near"), secret.UPDATE_CERTIFICATE])
@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(2001, 2019, "expired on 2019-01-01"), (9000, 9001, "is valid from 9000-01-01 only")],
)
def test_a_certificate_whose_time_is_over_or_yet_to_come_is_refused(
    site: Site, secrets: Path, monkeypatch: pytest.MonkeyPatch, file: str, first: int, last: int, said: str
) -> None:
    monkeypatch.setattr(self_signed, "VALID_FROM", datetime(first, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(self_signed, "VALID_TO", datetime(last, 1, 1, tzinfo=UTC))
    (secrets / file).unlink()
    assert keys.make_missing(site, secrets) == [file]
    with pytest.raises(Mistake, match=f"{file}: {said}"):
        keys.check(site, secrets)


def test_an_update_key_that_openssl_would_refuse_is_refused(site: Site, secrets: Path) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    (secrets / secret.UPDATE_KEY).write_text(self_signed.pem(weak))
    with pytest.raises(Mistake, match=r"update\.key: has 1024 bits, fewer than 2048"):
        keys.check(site, secrets)


def test_what_is_signed_with_the_update_key_is_taken_by_whoever_has_its_certificate(made: Path, tmp_path: Path) -> None:
    key, certificate = made / secret.UPDATE_KEY, made / secret.UPDATE_CERTIFICATE
    (tmp_path / "bundle").write_text("a new system")
    signed = tmp_path / "signed"
    run(["openssl", "cms", "-sign", "-in", tmp_path / "bundle", "-signer", certificate, "-inkey", key, "-binary",
         "-nodetach", "-outform", "DER", "-out", signed])  # fmt: skip
    taken = run(["openssl", "cms", "-verify", "-in", signed, "-inform", "DER", "-CAfile", certificate, "-binary"])
    assert taken.stdout == "a new system"
    assert "(3072 bit" in run(["openssl", "pkey", "-in", key, "-text", "-noout"]).stdout


def test_the_ssh_key_is_one_and_its_public_half_is_beside_it(made: Path) -> None:
    public = run(["ssh-keygen", "-y", "-f", made / secret.UPDATE_SSH_KEY]).stdout
    assert public.split()[:2] == (made / secret.UPDATE_SSH_PUBLIC).read_text().split()[:2]
    assert public.startswith("ssh-ed25519 ")


def test_nobody_can_guess_what_was_made(made: Path) -> None:
    for file in (secret.shadowsocks_key("near"), "uplink-adsl.password"):
        assert len((made / file).read_text().strip()) >= 43, "32 bytes in base64"


def test_a_kit_is_not_made_from_a_certificate_whose_key_is_spoilt(site: Site, secrets: Path) -> None:
    (secrets / secret.path_key("adsl-near")).write_text("no key")
    with pytest.raises(Mistake, match=r"openvpn-path-adsl-near\.key: is not an unencrypted private key"):
        keys.check_server(site, "near", secrets)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (secret.shadowsocks_key("near"), "fewer than 16"),
        (secret.UPDATE_KEY, "is not"),
        (secret.UPDATE_CERTIFICATE, "is not"),
        (secret.UPDATE_SSH_KEY, "is not"),
    ],
)
def test_no_image_is_made_from_secrets_that_are_wrong(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    place = import_module("task.place")
    monkeypatch.setattr(place, "SECRETS", secrets)
    monkeypatch.setattr(build, "build", lambda *_, **__: pytest.fail("it was built"))
    (secrets / name).write_text("pass\n")
    with pytest.raises(Mistake, match=f"{name}: .*{said}"):
        place.make_image(HOME.config, out=tmp_path)


def test_the_fingerprint_is_the_one_that_openssl_prints(made: Path) -> None:
    file = made / secret.server_certificate("near")
    printed = run(["openssl", "x509", "-in", file, "-noout", "-fingerprint", "-sha256"]).stdout
    assert printed.strip().partition("=")[2] == fingerprint(file.read_text())


def test_a_gateway_whose_clock_is_not_set_yet_takes_the_certificate(made: Path) -> None:
    file = made / secret.server_certificate("near")
    for moment in ("946684801", "4102444800"):  # 2000 and 2100
        checked = run(["openssl", "verify", "-attime", moment, "-CAfile", file, "-purpose", "sslserver", file])
        assert "OK" in checked.stdout


@given(st.text())
def test_what_is_no_certificate_has_no_fingerprint(text: str) -> None:
    with pytest.raises(ValueError, match="PEM"):
        fingerprint(text)
