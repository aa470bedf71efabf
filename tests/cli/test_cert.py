from __future__ import annotations

import hashlib
import ssl
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.cli.cert import own_hosts
from sttelnet.config import load_config
from sttelnet.server.certificate import Credential, read_credential
from tests.certificates import needs_openssl

Console = pytest.CaptureFixture[str]


@needs_openssl
def test_it_writes_a_pair_the_daemon_takes_and_says_what_to_do(tmp_path: Path, capsys: Console) -> None:
    words = ["--host", "db01.example.com", "--host", "10.0.0.5", "--host", "fd00::5", "--days", "30"]
    assert main(["cert", *words, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    text = out[out.index("[tls]") : out.index("What a client shows")]
    assert tomllib.loads(text)["tls"] == {"port": 6024, "certificate": "certificate.pem", "key": "key.pem"}
    found = read_credential(load_config(text, "config.toml", {}).tls, tmp_path)
    assert isinstance(found, Credential)
    assert found.dates is not None
    assert 29 < (found.dates.end - found.dates.start).total_seconds() / 86_400 < 31


@needs_openssl
def test_its_names_and_its_fingerprint_are_those_a_client_sees(tmp_path: Path, capsys: Console) -> None:
    assert main(["cert", "--host", "localhost", "--host", "127.0.0.1", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    for name in ("localhost", "127.0.0.1"):
        shown = _handshake(server, ssl.create_default_context(cafile=tmp_path / "certificate.pem"), name)
        seal = hashlib.sha256(shown).hexdigest().upper()
        assert ":".join(seal[at : at + 2] for at in range(0, 64, 2)) in out
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(server, ssl.create_default_context(cafile=tmp_path / "certificate.pem"), "example.com")


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> bytes:
    """Shake hands in memory; return the certificate the client was shown."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [server.wrap_bio(up, down, server_side=True), client.wrap_bio(down, up, server_hostname=name)]
    for _ in range(4):
        for end in reversed(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return ends[1].getpeercert(binary_form=True) or b""


@needs_openssl
@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_only_the_owner_reads_the_key_and_nothing_else_is_left(tmp_path: Path) -> None:
    assert main(["cert", "--out", str(tmp_path)]) == 0
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["certificate.pem", "key.pem"]


@needs_openssl
def test_what_is_there_is_replaced_by_force_only(tmp_path: Path, capsys: Console) -> None:
    (tmp_path / "key.pem").write_text("precious")
    assert main(["cert", "--out", str(tmp_path)]) == 2
    assert "has key.pem already: nothing was written (--force replaces them)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]
    assert main(["cert", "--out", str(tmp_path), "--force"]) == 0
    assert "PRIVATE KEY" in (tmp_path / "key.pem").read_text()


def test_without_openssl_it_says_what_is_missing(
    tmp_path: Path, capsys: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["cert", "--out", str(tmp_path)]) == 69
    assert "there is no openssl here" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a program of sh")
def test_an_openssl_that_fails_is_quoted_and_leaves_nothing(
    tmp_path: Path, capsys: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "openssl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho first >&2\necho no random numbers today >&2\nexit 1\n")
    program.chmod(0o755)
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv("PATH", str(program.parent))
    assert main(["cert", "--out", str(out)]) == 69
    assert capsys.readouterr().err == "sttelnet: openssl failed: no random numbers today\n"
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["--host", ""],
        ["--host", "a b"],
        ["--host", "a,DNS:b"],
        ["--host", "-x"],
        ["--host", "fe80::1%eth0"],
        ["--host", "a\n[req]"],
        ["--days", "0"],
        ["--days", "4000"],
        ["--days", "x"],
        ["--out", "there is no such folder"],
    ],
)
def test_what_makes_no_certificate_is_wrong_usage(words: list[str], tmp_path: Path, capsys: Console) -> None:
    assert main(["cert", "--out", str(tmp_path), *words]) == 2
    assert capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@needs_openssl
def test_a_host_with_a_long_name_has_it_where_clients_look(tmp_path: Path) -> None:
    name = ".".join(["a" * 60] * 3)
    assert main(["cert", "--host", name, "--out", str(tmp_path)]) == 0


def test_this_host_has_names_that_can_be_dialled() -> None:
    assert {"localhost", "127.0.0.1", "::1"} <= set(own_hosts())
