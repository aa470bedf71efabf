"""What handlers are given: the client of one session.

    from sttelnet.client import Client, masked

    def STGreet(client: Client, data: str) -> str:
        client.notice(f"Hello, {data}")
        return "refresh"

`async def` handlers run in the event loop and may use everything here. Plain `def` handlers of a site
run in a thread of a pool: `send` and `notice` are safe from there, `ask` and `log_in` say "use async def".
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sttelnet.administration import Actor, Administration
from sttelnet.areas import Areas
from sttelnet.channel import Line
from sttelnet.charset import Charset
from sttelnet.config import Config
from sttelnet.errors import ChannelClosed, WrongThread
from sttelnet.health import Checks, Health, History
from sttelnet.hub import Hub, Mail, Sender
from sttelnet.logs import EventLog
from sttelnet.members import Change, Member, Members, Refusal, Settings, read_settings
from sttelnet.outcome import ROOT, Goto
from sttelnet.role import Role
from sttelnet.script.model import Post, Set
from sttelnet.shell import Command, HostShell, Runs, Watched
from sttelnet.store import GUESTS, Store
from sttelnet.terminal import TerminalFacts
from sttelnet.transfer import Ledger, Mover, SiteLedger, ZModem
from sttelnet.tree import Tree

F = TypeVar("F", bound=Callable[..., object])


def masked(handler: F) -> F:
    """Mark a `set` handler whose line is neither echoed nor kept in the history."""
    handler.masked = True  # type: ignore[attr-defined]  # functions take attributes; the loader reads this one
    return handler


def prints_by(getter: Callable[..., object]) -> Callable[[F], F]:
    """Mark a `set` or `post` handler whose name means another function where a `get` stands: `getter`."""

    def mark(handler: F) -> F:
        handler.getter = getter  # type: ignore[attr-defined]  # as `masked` does
        return handler

    return mark


@dataclass(slots=True)
class Services:
    """What the daemon offers every session; one of these in a process."""

    config: Config  # the reload of a changed config.toml puts a new one here
    tree: Tree
    members: Members
    hub: Hub
    health: Health
    store: Store
    files: Path  # the folder STFile and STNews read from
    areas: Areas
    mail: Mail
    administration: Administration
    checks: Checks
    history: History
    runs: Runs = field(default_factory=Runs)


class Visit(Protocol):
    """What a session does for its client; sttelnet.session has it."""

    def send(self, text: str) -> None:
        """Send text now; a plain str is cleaned, an Ansi sent as it is."""

    def notice(self, text: str) -> None:
        """Show text after the next page is drawn, or as a message at the prompt."""

    def announce(self, text: str) -> None:
        """Show one line at once."""

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Read one line. Raises AskInterrupted on Ctrl-C, ChannelClosed on hang-up."""

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return the rows of the current list page and remember how many pages there are."""

    def rights_changed(self) -> None:
        """Take up a log-in or log-out."""

    def settings_changed(self) -> None:
        """Take up what the member has chosen about their terminal; the page is drawn again."""

    async def greet(self) -> None:
        """Show who has just logged in what waits for them."""

    def choose_charset(self, charset: Charset | None) -> None:
        """Use a charset whatever the terminal's type; None goes by the type again."""

    def lend_line(self) -> AbstractAsyncContextManager[Line]:
        """Lend the connection to a transfer or a shell; afterwards the page is drawn again."""

    @property
    def terminal(self) -> TerminalFacts:
        """Size, charset, type of the client's terminal."""


class Client:
    """One client: who they are, where they are in the tree, and what can be done for them."""

    def __init__(
        self, number: int, peer: str, *, secure: bool, visit: Visit, services: Services, log: EventLog
    ) -> None:
        self.number = number
        self.log = log  # events of this session; whatever the client wrote belongs into a field
        self.peer = peer
        self.secure = secure
        self.encryption = ""  # the version of TLS, "TLS 1.3"; "" for none
        self.services = services
        self.member: Member | None = None
        self.certified = False  # logged in by a certificate, which stands in place of a second factor
        self.keyword = "root"
        self.key = ""  # the key string that led to the script, until its input is read; "" where none did
        self.has_tried = False  # to log in, or to register
        self.wanted: str | None = None  # the script a guest asked for before log-in
        self.page_index = 0  # which page of a list is shown, from 0
        self.set_commands: list[Set] = []  # the input queue: each line goes to its head
        self.set_post: list[Post] = []  # what runs once the script has been sent
        self.status = ""  # what who is on shows; "" is the script's title
        self.client_data: dict[str, Any] = {}  # a handler's own, kept for the session
        self.invisible = False  # not shown in who is on, but to operators
        self.ignored: frozenset[int] = frozenset()  # members this one wants to hear nothing from; GUESTS: all guests
        self._visit: Visit | None = visit  # None once the client has left
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    @property
    def user_id(self) -> int | None:
        """The member's number, None for a guest. Only `log_in` changes it."""
        return self.member.id if self.member else None

    @property
    def nick_name(self) -> str:
        """The member's name, GUEST before log-in."""
        return self.member.name if self.member else "GUEST"

    @property
    def role(self) -> Role:
        """What the client may do now."""
        return self.member.role if self.member else Role.GUEST

    @property
    def stranger(self) -> bool:
        """Whether there is nothing for the client but the log-in: guests are not served here."""
        return self.member is None and not self.services.config.guests.enabled

    @property
    def terminal(self) -> TerminalFacts:
        """Size, charset and type of the client's terminal."""
        return self._here().terminal

    @property
    def zmodem(self) -> ZModem:
        """What files are sent and received with: `await client.zmodem.send_files([…])`, `receive_files(directory)`."""
        self._only_async("zmodem")
        return ZModem(self._here().lend_line, lambda: self.services.config.files, self._ledger, self.log)

    @property
    def shell(self) -> HostShell:
        """The host's command shell in the client's window: see `post:STShell`."""
        self._only_async("shell")
        return HostShell(self._here().lend_line, self.services.config.shell, self.terminal)

    @property
    def command(self) -> Command:
        """A shell of the host for commands, one by one: `async with client.command as shell: await shell.run("df")`."""
        self._only_async("command")
        return Command()

    @property
    def watched(self) -> Watched:
        """A command in the client's window, watched while it runs: see `post:STRun`."""
        self._only_async("watched")
        return Watched(self._here().lend_line, self.services.config.run, self.terminal)

    def sender(self) -> Sender:
        """Return who writes, for messages."""
        return Sender(self.number, self.user_id, self.nick_name, self.role)

    def actor(self) -> Actor:
        """Return who acts, for the audit."""
        return Actor(self.nick_name, self.peer, self.role)

    def ignores(self, user_id: int | None) -> bool:
        """Whether the client wants to hear nothing from a member; None is a guest."""
        return (GUESTS if user_id is None else user_id) in self.ignored

    @property
    def settings(self) -> Settings:
        """What the member has chosen about their terminal; a guest's are the defaults."""
        return read_settings(self.member.settings) if self.member else Settings()

    def mover(self) -> Mover:
        """Return who moves files, for the books."""
        return Mover(self.user_id, self.nick_name, self.role, self.peer)

    def _ledger(self) -> Ledger:
        return SiteLedger(self.services.store, self.services.config.files, self.mover(), self.log)

    def send(self, text: str) -> None:
        """Send text. A plain str is cleaned of control characters; an Ansi is sent as it is."""
        self._in_loop(lambda visit: visit.send(text))

    def notice(self, text: str) -> None:
        """Show one line after the next page is drawn, so that no clear eats it. Raises TypeError for what is no str."""
        if not isinstance(text, str):  # it is drawn later, where nobody knows any more which handler it was
            message = f"notice takes a string, not {type(text).__name__}"
            raise TypeError(message)
        self._in_loop(lambda visit: visit.notice(text))

    def announce(self, text: str) -> None:
        """Show one line at once, before something that takes a while: on the last row of a positioned page."""
        self._in_loop(lambda visit: visit.announce(text))

    async def ask(self, prompt: str, masked: bool = False) -> str:
        """Read one line under the same rules as any prompt. Ctrl-C there means back."""
        self._only_async("ask")
        return await self._here().ask(prompt, masked=masked)

    def page(self, lines: Sequence[str], keep: int = 8) -> list[str]:
        """Return the rows of page `page_index` that fit the window with `keep` rows left for the rest."""
        return self._here().page(lines, keep)

    async def log_in(self, name: str, password: str, code: str | None = None) -> Member | Refusal:
        """Log in: the one way to rights. Returns the member, or why not.

        Refusal.CODE_WANTED: the password is right, and is to be given again with a code of the second factor.
        """
        self._only_async("log_in")
        self.has_tried = True
        result = await self.services.members.log_in(name, password, self.peer, code=code)
        if isinstance(result, Member):
            self.member, self.certified = result, False
            self._here().rights_changed()
            await self._here().greet()
        return result

    async def log_in_by_certificate(self, name: str) -> Member | Refusal:
        """Log in whom a certificate names that TLS has verified. Returns the member, or why not."""
        self.has_tried = True
        result = await self.services.members.log_in_by_certificate(name, self.peer)
        if isinstance(result, Member):
            self.member, self.certified = result, True
            self._here().rights_changed()
            await self._here().greet()
        return result

    def log_out(self) -> None:
        """Become a guest again."""
        self.member, self.certified = None, False
        self.invisible, self.ignored = False, frozenset()
        self._here().rights_changed()

    async def choose_charset(self, charset: Charset | None) -> None:
        """Use a charset from now on, and for a member at the next log-in too; None goes by the terminal."""
        self._only_async("choose_charset")
        self._here().choose_charset(charset)
        if self.member is not None:
            chosen = charset.value if charset else None
            self.member = replace(self.member, charset=chosen)
            await self.services.members.set_charset(self.member.id, chosen)

    async def change_settings(self, change: Change) -> Member | Refusal:
        """Keep what a member has chosen about their terminal; it counts at once. Returns the member, or why not."""
        self._only_async("change_settings")
        if self.member is None:
            return Refusal.NO_SUCH_MEMBER
        changed = await self.services.members.change_settings(self.member.id, change)
        if isinstance(changed, Member):
            self.take_up(changed)
            self._here().settings_changed()
        return changed

    def take_up(self, member: Member) -> None:
        """Take up the member's row as a change of their own has left it; their role is the session's to read."""
        self.member = replace(member, role=self.role)

    def after_log_in(self) -> Goto:
        """Return the move to the script the guest had asked for, or to root."""
        wanted, self.wanted = self.wanted, None
        return Goto(wanted) if wanted else ROOT

    def leave(self) -> None:
        """The session has ended: what a handler still sends goes nowhere, what it asks raises ChannelClosed."""
        self._visit = None

    def _here(self) -> Visit:
        if self._visit is None:
            message = "the client has left"
            raise ChannelClosed(message)
        return self._visit

    def _in_loop(self, call: Callable[[Visit], None]) -> None:
        if threading.get_ident() == self._thread:
            self._with_visit(call)
        else:
            self._loop.call_soon_threadsafe(self._with_visit, call)

    def _with_visit(self, call: Callable[[Visit], None]) -> None:
        if self._visit is not None:
            call(self._visit)

    def _only_async(self, what: str) -> None:
        if threading.get_ident() != self._thread:
            message = f"client.{what} cannot be used in a plain handler: make it `async def`"
            raise WrongThread(message)
