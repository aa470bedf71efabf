"""/messages and /ignore: what was written to a member, and whom they want to hear nothing from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sttelnet.ansi import Ansi
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.states import counts
from sttelnet.health import State
from sttelnet.hub import Message, Sender
from sttelnet.role import Role
from sttelnet.session.answer import Answer, Reply
from sttelnet.session.seat import Seat
from sttelnet.session.visit import Notice
from sttelnet.store import GUESTS, StoredMessage

FOR_MEMBERS: Final = "Messages are kept for members: log in to see yours."
NONE_KEPT: Final = "No messages are kept for you."
GREETED: Final = 20  # messages shown at log-in; what is older is in /messages
MOST_IGNORED: Final = 100
_LISTED: Final = "sttelnet.messages"  # client_data: the messages last listed
_GUEST: Final = "GUEST"  # the name all guests have


async def messages(client: Client, argument: str) -> Answer:
    """List what was written to a member; `delete 3 4` and `clear` delete."""
    if client.user_id is None:
        return Reply((FOR_MEMBERS,))
    table = client.services.store.messages
    word, _, rest = argument.casefold().partition(" ")
    kept = await table.of(client.user_id)
    if word == "clear":
        return Reply((f"{await table.clear(client.user_id)} deleted.",))
    if word == "delete":
        wanted = {int(number) for number in rest.split() if number.isdecimal() and len(number) < 10}
        listed = client.client_data.get(_LISTED) or [message.id for message in kept]
        chosen = [id_ for number, id_ in enumerate(listed, 1) if number in wanted]
        return Reply((f"{await table.delete(client.user_id, chosen)} deleted.",))
    if word:
        return Reply(("Write /messages, /messages delete NUMBER or /messages clear.",))
    if not kept:
        return Reply((NONE_KEPT,))
    client.client_data[_LISTED] = [message.id for message in kept]  # numbers count from this list
    rows = (f"{number:>3}  {_line(message)}" for number, message in enumerate(kept, 1))
    unseen = [message.id for message in kept if not message.shown]
    return Reply(
        ("Your messages; /messages delete NUMBER and /messages clear delete:", *rows),
        lambda: client.services.mail.seen(unseen),
    )


async def greet(seat: Seat) -> None:
    """Show a member who has just logged in what was written to them meanwhile; take up whom they ignore."""
    client = seat.client
    if client.user_id is None:
        return
    wrong = [(state, since) for state, since in client.services.checks.confirmed() if state is not State.OK]
    if wrong:
        since = min(since for _, since in wrong)
        seat.notice(Ansi("Health: ") + counts([state for state, _ in wrong]) + f" - since {when(since)}")
    client.ignored = frozenset(await client.services.store.ignores.of(client.user_id))
    fresh = [message for message in await client.services.store.messages.of(client.user_id) if not message.shown]
    if len(fresh) > GREETED:
        seat.notice(f"{len(fresh) - GREETED} more messages wait: /messages shows them.")
    for message in fresh[-GREETED:]:
        seat.notice(Notice(_line(message), message.id))
    if fresh:
        await _note_last(client, fresh[-1])


async def _note_last(client: Client, message: StoredMessage) -> None:
    """Let /reply answer who wrote last, where that was a member."""
    writer = await client.services.members.get(message.sender)
    user_id, role = (writer.id, writer.role) if writer is not None else (None, Role.GUEST)
    last = Message(Sender(0, user_id, message.sender, role), message.text, message.id)
    client.services.hub.note_last(client.number, last)


def _line(message: StoredMessage) -> str:
    when = datetime.fromtimestamp(message.at, UTC).strftime("%d %b %H:%M UTC")
    return f"{when}  {message.sender}: {message.text}"


async def ignore(client: Client, argument: str) -> Answer:
    """Hear nothing from somebody any more; `off NAME` hears them again; alone it lists them."""
    if client.user_id is None:
        return Reply(("Log in first: whom you ignore is kept with your account.",))
    table = client.services.store.ignores
    if not argument:
        names = list((await table.of(client.user_id)).values())
        return Reply((f"You ignore {', '.join(names)}." if names else "You ignore nobody: /ignore NAME does.",))
    word, _, name = argument.partition(" ")
    if word.casefold() == "off" and name:
        done = await _hear_again(client, client.user_id, name.strip().strip('"'))
    else:
        done = await _ignore(client, client.user_id, argument.strip('"'))
    client.ignored = frozenset(await table.of(client.user_id))
    client.services.hub.account_changed(client.user_id)  # where they are on besides
    return Reply((done,))


async def _hear_again(client: Client, user_id: int, name: str) -> str:
    if await client.services.store.ignores.remove(user_id, name):
        return f"You hear {name[:40]} again."
    return f'You do not ignore "{name[:40]}": /ignore lists whom you do.'


async def _ignore(client: Client, user_id: int, name: str) -> str:
    table = client.services.store.ignores
    if name.casefold() == _GUEST.casefold():
        kept = await table.add(user_id, GUESTS, _GUEST, MOST_IGNORED)
        return "You hear nothing from guests any more." if kept else _too_many()
    member = await client.services.members.get(name)
    if member is None:
        return f'There is no member "{name[:40]}".'
    if member.id == user_id:
        return "That is you."
    if member.role >= Role.OPERATOR:
        return f"{member.name} runs this host: they are always heard."
    kept = await table.add(user_id, member.id, member.name, MOST_IGNORED)
    done = f"You hear nothing from {member.name} any more; /ignore off {member.name} takes it back."
    return done if kept else _too_many()


def _too_many() -> str:
    return f"You ignore {MOST_IGNORED} already: /ignore off NAME makes room."
