"""What a name and a password must be, and every reason for which a member is refused something."""

from __future__ import annotations

import enum
import functools
import logging
import re
import secrets
import unicodedata
from collections.abc import Callable, Coroutine
from string import digits
from typing import Any, ParamSpec, TypeVar

from sttelnet.errors import StoreBusy, StoreError
from sttelnet.outcome import RESERVED_WORDS
from sttelnet.passwords import LONGEST_PASSWORD, as_bytes
from sttelnet.role import ROLE_WORDS

_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class Refusal(enum.Enum):
    """Why something was not done; the value is the sentence shown to a person, on one row."""

    WRONG = "Name or password is wrong."
    LOCKED = "This account is locked. An admin can unlock it."
    THROTTLED = "Too many tries from your address. Wait a minute, then try again."
    BUSY = "Too many log-ins are under way. Try again in a moment."
    CLOSED = "Registration is closed here. An admin can add you."
    PENDING = "You are registered. An admin must let you in before you can log in."
    NAME_TAKEN = "That name is taken."
    NAME_BAD = "A name has 3 to 20 of a-z, 0-9, _ - . and begins with a letter or a digit."
    NAME_RESERVED = "That name is kept for the system. Choose another."
    PASSWORD_SHORT = "That password is too short."  # noqa: S105 - a sentence
    PASSWORD_LONG = "That password is too long."  # noqa: S105 - a sentence
    PASSWORD_IS_NAME = "A password must not be the name."  # noqa: S105 - a sentence
    PASSWORD_SAME = "The new password must not be the old one."  # noqa: S105 - a sentence
    PASSWORD_CHANGED = "The password was changed meanwhile. Log in again."  # noqa: S105 - a sentence
    NO_SUCH_MEMBER = "There is no member of that name."
    TOKEN_WRONG = "That token is not valid here."  # noqa: S105 - a sentence
    TOKEN_OVER = "That token has expired. An admin can make a new one."  # noqa: S105 - a sentence
    TOKEN_ROLE = "A token cannot have more rights than its member."  # noqa: S105 - a sentence
    NO_SUCH_TOKEN = "There is no token of that number."  # noqa: S105 - a sentence
    ONE_TIME = "That password is for one time: log in by hand, and choose your own."
    CODE_WANTED = "This account needs a code besides its password; programs use a token."
    CODE_WRONG = "That code is wrong, or it was used already."
    FACTOR_THERE = "There is a second factor already."
    NO_FACTOR = "There is no second factor."
    ROLE_BAD = "A member's role is member, operator or admin."
    STORE_BUSY = "The member database is in use elsewhere. Try again in a moment."
    STORE_FAILED = "The member database cannot be used now; the log says why."


def or_refusal(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T | Refusal]]:
    """Make a method return why the store failed it, instead of raising."""

    @functools.wraps(method)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T | Refusal:
        try:
            return await method(*args, **kwargs)
        except StoreError as error:
            _log.error("%s: %s", method.__name__, error)
            return Refusal.STORE_BUSY if isinstance(error, StoreBusy) else Refusal.STORE_FAILED

    return wrapped


# Letters are a-z only: names are then unique without case in SQLite too, and none can pass for another.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{2,19}")
# fmt: off
_COMMANDS = (
    "help", "who", "back", "root", "charset", "quit", "exit", "msg", "reply", "chat", "join",
    "leave",
)
_SYSTEM = (
    "all", "anonymous", "anybody", "anyone", "admins", "administrator", "administrators", "client",
    "console", "daemon", "everybody", "everyone", "goodbye", "guests", "health", "host", "login",
    "logout", "me", "members", "moderator", "new", "nobody", "none", "null", "operators", "owner",
    "register", "registration", "script", "scripts", "server", "service", "session", "shell",
    "someone", "staff", "sttelnet", "superuser", "support", "sysadmin", "sysop", "system", "telnet",
    "unknown", "user", "webmaster", "you",
)
# fmt: on
_SEPARATORS = re.compile(r"[_.-]")
_LOOKS_LIKE = str.maketrans("01i3457", "olleast")
_ORDINARY = frozenset({"ali"})  # names of people that read as a reserved word ("all")
_ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily read as another


def is_name(name: str) -> bool:
    """Return whether a name has the form of one."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> Refusal | None:
    """Return why nobody may be called that; None when they may."""
    if not is_name(name):
        return Refusal.NAME_BAD
    return Refusal.NAME_RESERVED if _passes_for_reserved(name) else None


def _skeleton(word: str) -> str:
    """Return what a word reads as at a glance: all that look alike have one (as UTS 39 does it, for ASCII)."""
    return _SEPARATORS.sub("", word.lower()).translate(_LOOKS_LIKE).replace("rn", "m").rstrip(digits)


_RESERVED = frozenset(map(_skeleton, (*ROLE_WORDS, *RESERVED_WORDS, *_COMMANDS, *_SYSTEM)))
_RESERVED_PARTS = frozenset(map(_skeleton, ("admin", "sysop")))


def _passes_for_reserved(name: str) -> bool:
    """Whether a name reads as a role, a command or the system: "Admin", "sys.op", "r00t9", "the.sysop"."""
    if name.lower().rstrip(digits) in _ORDINARY:
        return False
    parts = _SEPARATORS.split(name)
    return _reads_as(name, _RESERVED) or any(_reads_as(part, _RESERVED_PARTS) for part in parts)


def _reads_as(word: str, skeletons: frozenset[str]) -> bool:
    # A digit at the end is a letter's look-alike ("r007") or a mere number ("sysop1"): both ways are read.
    return not skeletons.isdisjoint({_skeleton(word), _skeleton(word.rstrip(digits + "_.-"))})


def check_password(name: str, password: str, shortest: int) -> Refusal | None:
    """Return why a member may not have that password; None when they may."""
    composed = unicodedata.normalize("NFC", password)
    if len(composed) < shortest:
        return Refusal.PASSWORD_SHORT
    if len(as_bytes(password)) > LONGEST_PASSWORD:
        return Refusal.PASSWORD_LONG
    return Refusal.PASSWORD_IS_NAME if composed.casefold() == name.casefold() else None


def one_time_password() -> str:
    """Return a password to be typed once: three groups of four letters, 59 bits."""
    return "-".join("".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(4)) for _ in range(3))
