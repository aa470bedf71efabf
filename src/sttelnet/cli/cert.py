"""`sttelnet cert`: a certificate that signs itself, made by the system's openssl."""

from __future__ import annotations

import argparse
import hashlib
import ipaddress
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.parser import make_parser

EXAMPLES = (
    "sttelnet cert                                      for this host's name, into this folder",
    "sttelnet cert --host db01.example.com --host 10.0.0.5 --out /srv/mybox",
    "sttelnet cert --out /srv/mybox --force             another one, in place of the one there",
)
CERTIFICATE: Final = "certificate.pem"
KEY: Final = "key.pem"
DAYS: Final = 365
MOST_DAYS: Final = 3650
PATIENCE: Final = 60.0  # seconds for openssl: a host just started may lack random numbers for a while
_LONGEST_CN: Final = 64  # RFC 5280, ub-common-name
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

# RFC 5280, section 4.2; a file of our own, for what the system's openssl.cnf adds differs from system to system.
_REQUEST: Final = """\
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = {name}
[extensions]
subjectAltName = {names}
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
"""


def run(arguments: Sequence[str]) -> int:
    """Write a certificate and its key."""
    parser = make_parser("cert", "Write a certificate that signs itself, and its key, for [tls].", EXAMPLES)
    parser.add_argument(
        "--host", metavar="NAME", type=_host, action="append", help="a name or address of this host; may be repeated"
    )
    parser.add_argument("--days", metavar="N", type=_days, default=DAYS, help=f"how long it lasts (default: {DAYS})")
    parser.add_argument("--out", metavar="DIR", default=".", help="the folder it is written into (default: this one)")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    options = parser.parse_args(arguments)
    folder = Path(options.out)
    hindrance = _hindrance(folder, force=options.force)
    if hindrance:
        exits.say(hindrance)
        return exits.USAGE
    openssl = shutil.which("openssl")
    if openssl is None:
        exits.say("there is no openssl here, which makes it (the package is called openssl nearly everywhere)")
        return exits.UNAVAILABLE
    hosts = options.host or own_hosts()
    try:
        fault = _write(openssl, folder, hosts, options.days)
    except OSError as error:
        fault = f"cannot write {error.filename or folder}: {error.strerror or error}"
    if fault:
        exits.say(fault)
        return exits.UNAVAILABLE
    _tell(folder, hosts, options.days)
    return exits.OK


def own_hosts() -> list[str]:
    """Return what this host is called, for a certificate; what nobody could dial is left out."""
    names = [name for name in (socket.getfqdn(), socket.gethostname(), "localhost") if _HOST.fullmatch(name)]
    return [*dict.fromkeys(names), "127.0.0.1", "::1"]


def _hindrance(folder: Path, *, force: bool) -> str:
    if not folder.is_dir():
        return f"{folder}: no such folder"
    there = [name for name in (CERTIFICATE, KEY) if os.path.lexists(folder / name)]
    if there and not force:
        return f"{folder} has {' and '.join(there)} already: nothing was written (--force replaces them)"
    return ""


def _write(openssl: str, folder: Path, hosts: Sequence[str], days: int) -> str:
    """Have both files made aside and put in place; return what went wrong. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix=".sttelnet-cert-", dir=folder) as aside:  # nobody else's to look into
        made = Path(aside)
        (made / "request.cnf").write_text(_request(hosts), encoding="ascii")
        # Elliptic curves: a handshake costs a tenth of what it costs with RSA, and every TLS 1.2 knows P-256.
        words = ["req", "-x509", "-config", "request.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        words += ["-nodes", "-sha256", "-days", str(days), "-out", CERTIFICATE, "-keyout", KEY]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and hosts are names or addresses
                [openssl, *words],
                cwd=made,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"openssl did not end within {PATIENCE:g} s"
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            return f"openssl failed: {''.join(last) or f'status {done.returncode}'}"
        (made / KEY).chmod(0o600)
        for name in (KEY, CERTIFICATE):
            (made / name).replace(folder / name)
    return ""


def _request(hosts: Sequence[str]) -> str:
    names = ", ".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
    return _REQUEST.format(name=hosts[0] if len(hosts[0]) <= _LONGEST_CN else "sttelnet", names=names)


def _tell(folder: Path, hosts: Sequence[str], days: int) -> None:
    certificate, key = folder / CERTIFICATE, folder / KEY
    seal = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))).hexdigest().upper()
    pairs = ":".join(seal[at : at + 2] for at in range(0, len(seal), 2))
    print(f"{certificate} and {key}: for {', '.join(hosts)}, {days} days\n")
    print("In config.toml, with both beside it:\n")
    print(f'[tls]\nport = 6024\ncertificate = "{CERTIFICATE}"\nkey = "{KEY}"\n')
    print("What a client shows that has never seen it:\n")
    print(f"SHA-256  {pairs}\n")
    print(f"sttelnet connect --tls --cafile {certificate} {hosts[0]}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    if not (_is_address(text) or _HOST.fullmatch(text)) or "%" in text:
        message = f"expected a host name or an address, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return text


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or not 0 < int(text) <= MOST_DAYS:
        message = f"expected days, 1 to {MOST_DAYS}, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)
