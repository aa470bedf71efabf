"""Certificates for tests, made by the system's openssl."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

needs_openssl = pytest.mark.usefixtures("openssl")

_CONFIG = """
[ca]
default_ca = ours
[ours]
new_certs_dir = {folder}
database = {folder}/index
serial = {folder}/serial
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[host]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
[server_only]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
[req]
distinguished_name = nobody
[nobody]
"""


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, PEM files."""

    certificate: Path
    key: Path

    def section(self, port: int) -> dict[str, object]:
        """Return the section of config.toml that shows it on a port of loopback."""
        return {
            "port": port,
            "listen": ("127.0.0.1",),
            "certificate": str(self.certificate),
            "key": str(self.key),
        }

    def trusting(self) -> ssl.SSLContext:
        """What a client is that believes this certificate and no other."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN if hasattr(ssl, "VERIFY_X509_PARTIAL_CHAIN") else 0
        return context


def issue(folder: Path, name: str, kind: str = "host", *, days: float = 100, by: Pair | None = None) -> Pair:
    """Make a certificate of that common name, signed by an authority or else by itself.

    `kind` is "host", "client" or "authority"; with `days` below 0 it has ended.
    """
    shelf = folder / "openssl"
    if not shelf.exists():
        shelf.mkdir()
        (shelf / "index").write_text("")
        (shelf / "serial").write_text("1000")
        (shelf / "cnf").write_text(_CONFIG.format(folder=shelf.as_posix()))
    number = len(list(folder.glob("*.pem")))
    pair = Pair(folder / f"{number}.pem", folder / f"{number}.key")
    now = datetime.now(UTC)
    end = now + timedelta(days=days)
    start = min(end, now) - timedelta(days=1)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        "req",
        "-new",
        "-config",
        shelf / "cnf",
        *curve,
        "-subj",
        f"/CN={name}",
        "-keyout",
        pair.key,
        "-out",
        shelf / "r",
    )
    signer = ("-selfsign", "-keyfile", pair.key) if by is None else ("-cert", by.certificate, "-keyfile", by.key)
    _openssl(
        *("ca", "-batch", "-notext", "-config", shelf / "cnf", "-extensions", kind, *signer),
        *("-in", shelf / "r", "-out", pair.certificate),
        *("-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}"),
    )
    return pair


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, words)], check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
