"""One e-mail to an SMTP server. RFC 5321, RFC 3207 (STARTTLS). Blocks."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Final

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


class _Server(smtplib.SMTP):
    def __init__(self, config: MailConfig, lifeline: Lifeline) -> None:
        lifeline.hold(self)
        super().__init__(config.server, config.port, timeout=STEP_SECONDS)


class _TlsServer(smtplib.SMTP_SSL):
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
