"""One e-mail to an SMTP server. RFC 5321, RFC 3207 (STARTTLS). Blocks."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from sttelnet.charset import one_line
from sttelnet.config import MailConfig
from sttelnet.logs import event_logger
from sttelnet.server.outgoing.batch import Failure
from sttelnet.server.outgoing.errand import Lifeline
from sttelnet.server.outgoing.faults import LONGEST, reason_of
from sttelnet.server.outgoing.secret import IN_THE_CLEAR, may_be_sent, read_secret

log = event_logger(__name__)

STEP_SECONDS: Final = 30.0  # for each answer of the server
QUIT_SECONDS: Final = 2.0
MOST_REPLY: Final = 64 * 1024  # bytes


class _Bounded:
    """A reply as it is read, line by line; past its limit it is at its end."""

    def __init__(self, file: Any) -> None:
        self._file, self.left = file, MOST_REPLY

    def readline(self, size: int = -1) -> bytes:
        """Return the next line, b"" past the limit."""
        if self.left <= 0:
            return b""
        line: bytes = self._file.readline(size)
        self.left -= len(line)
        return line

    def close(self) -> None:
        """Close what is read from."""
        self._file.close()


class _Replies(smtplib.SMTP):
    """smtplib collects the lines of a reply without a limit: a server that never ends one would take all memory."""

    def getreply(self) -> tuple[int, bytes]:
        """Return a reply of so many lines at most. Raises SMTPServerDisconnected."""
        if self.file is None and self.sock is not None:
            self.file = self.sock.makefile("rb")
        if self.file is not None and not isinstance(self.file, _Bounded):
            self.file = _Bounded(self.file)
        elif self.file is not None:
            self.file.left = MOST_REPLY
        return super().getreply()


class _Server(_Replies):
    def __init__(self, config: MailConfig, lifeline: Lifeline) -> None:
        lifeline.hold(self)
        super().__init__(config.server, config.port, timeout=STEP_SECONDS)


class _TlsServer(_Replies, smtplib.SMTP_SSL):
    def __init__(self, config: MailConfig, lifeline: Lifeline) -> None:
        lifeline.hold(self)
        super().__init__(config.server, config.port, timeout=STEP_SECONDS, context=ssl.create_default_context())


def send(config: MailConfig, home: Path, letter: EmailMessage, lifeline: Lifeline) -> Failure | None:
    """Hand a letter to the server; return None where it has taken it for one of those it goes to at least."""
    password = _password(config, home)
    if isinstance(password, Failure):
        return password
    try:
        server = (_TlsServer if config.security == "tls" else _Server)(config, lifeline)
    except (OSError, ValueError) as error:  # SMTPException is an OSError
        return _failure(error)
    try:
        _prepare(server, config, password)
        refused = server.send_message(letter, config.sender or config.to[0], config.to)
    except (OSError, ValueError) as error:
        return _failure(error)
    else:
        if refused:
            log.warning("health.mail: the server has refused some of `to`", refused=" ".join(sorted(refused)))
        _quit(server)
        return None
    finally:
        server.close()


def _password(config: MailConfig, home: Path) -> str | Failure:
    if not config.user:
        return ""
    if not may_be_sent(config.server, tls=config.security != "none"):
        return Failure(f"health.mail.password_file: {IN_THE_CLEAR}", again=False)
    return read_secret(home / config.password_file, "health.mail.password_file")


def _prepare(server: smtplib.SMTP, config: MailConfig, password: str) -> None:
    if config.security == "starttls":
        server.starttls(context=ssl.create_default_context())  # an answer but 220 is an error below
    if config.user:
        server.login(config.user, password)


def _quit(server: smtplib.SMTP) -> None:
    """Say goodbye. The mail is taken: what goes wrong from here on must not send it a second time."""
    if server.sock is not None:
        server.sock.settimeout(QUIT_SECONDS)
    with contextlib.suppress(OSError):
        server.quit()


def _failure(error: Exception) -> Failure:
    """Return what went wrong. A reply of 5xx is meant for good, 4xx is not (RFC 5321, section 4.2.1)."""
    match error:
        case smtplib.SMTPAuthenticationError():  # its words may hold what was sent
            return Failure(f"the server answered {error.smtp_code} to the log-in", again=error.smtp_code < 500)
        case smtplib.SMTPResponseException():
            return Failure(_reply(error.smtp_code, error.smtp_error), again=not 500 <= error.smtp_code < 600)
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            again = any(not 500 <= one < 600 for one, _ in error.recipients.values())
            return Failure(f"nobody of `to` is taken: {_reply(code, words)}", again=again)
        case smtplib.SMTPNotSupportedError():
            return Failure(reason_of(error), again=False)
        case _:
            return Failure(reason_of(error))


def _reply(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return one_line(f"the server answered {code} {text}")[:LONGEST]
