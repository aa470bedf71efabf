"""The options of `sttelnet health` that are about another host: apart from the asking, which loads more."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Final

from sttelnet.cli.parser import port

MOST_SECONDS: Final = 3600.0
PORT: Final = 6023
TIMEOUT: Final = 10.0
_NEED_HOST: Final = ("token_file", "user", "password_file", "tls", "cafile", "insecure")


def add_options(parser: ArgumentParser) -> None:
    """Add the options that are about another host."""
    group = parser.add_argument_group("another host, over telnet")
    group.add_argument("--host", metavar="HOST", help="ask the sttelnet there, not the one here")
    group.add_argument("--port", metavar="PORT", type=port, default=PORT, help=f"its port (default: {PORT})")
    group.add_argument("--timeout", metavar="S", type=_seconds, default=TIMEOUT, help=f"default: {TIMEOUT:g} seconds")
    group.add_argument("--token-file", metavar="FILE", help="log in with the token in a file's first line; - is stdin")
    group.add_argument("--user", metavar="NAME", help="log in with a name and …")
    group.add_argument("--password-file", metavar="FILE", help="… the password in a file's first line; - is stdin")
    group.add_argument("--tls", action="store_true", help="encrypt; the certificate must be valid and the host's")
    group.add_argument("--cafile", metavar="FILE", help="trust the certificates in this file instead of the system's")
    group.add_argument("--insecure", action="store_true", help="believe any certificate")


def check(parser: ArgumentParser, options: Namespace) -> None:
    """End with wrong usage where options stand without those they need: nobody shall believe they are encrypted."""
    given = [name for name in _NEED_HOST if getattr(options, name)]
    if options.host is None and given:
        parser.error(f"--{given[0].replace('_', '-')} needs --host")
    if (options.cafile or options.insecure) and not options.tls:
        parser.error("--cafile and --insecure need --tls")
    if options.token_file and (options.user or options.password_file):
        parser.error("--token-file stands without --user and --password-file")
    if bool(options.user) != bool(options.password_file):
        parser.error("--user and --password-file go together")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MOST_SECONDS:
        message = f"expected seconds, at most {MOST_SECONDS:g}, got {text!r}"
        raise ArgumentTypeError(message)
    return seconds
