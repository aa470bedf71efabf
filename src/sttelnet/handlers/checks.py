"""What is known of the checks, and what operators do to them."""

from __future__ import annotations

import textwrap
import time
from typing import Final, Literal, TypeAlias

from sttelnet.ansi import Ansi
from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.health import listed_check
from sttelnet.handlers.ranks import refused
from sttelnet.handlers.states import HIDDEN, in_color
from sttelnet.handlers.table import LOG_IN, may_see_figures, width_of, wrapped
from sttelnet.handlers.watching import OFF, acknowledge, known_words, mute
from sttelnet.health import Check, State
from sttelnet.health.plugin import Figure
from sttelnet.health.scale import amount
from sttelnet.outcome import BACK, REPEAT, Goto, Outcome
from sttelnet.role import Role
from sttelnet.words import DURATION_RULE, count_words, duration_words, seconds_of, span_words

# Scripts that name anything else are refused when they load.
Field: TypeAlias = Literal["state", "value", "for", "title", "further"]

MOST_SAID: Final = 3  # rows of what a check says
CHANGES: Final = 5  # shown with a check
NO_CHECK: Final = "No check is chosen: view one first."
_CHOSEN: Final = "sttelnet.check"  # client_data: the name of the check that is looked at
SPANS: Final = {"h": 1, "d": 24, "w": 168}  # hours of a graph, by the key that leads there
_SPAN: Final = "sttelnet.span"  # client_data: the hours of the graph
_FIGURE: Final = "sttelnet.figure"  # client_data: how many performance values behind its main one


def STCheck(client: Client, name: str, field: Field = "value") -> str:
    """Print "state", "value" (its line), "for", "title" or "further" of a check; "-" to who may not see it."""
    if not may_see_figures(client):
        return HIDDEN
    check = client.services.checks.find(str(name))
    if check is None:
        return HIDDEN
    match field:
        case "state":
            return in_color(check.state, check.state.word)
        case "value":
            return check.text
        case "for":
            return duration_words(time.time() - check.since) if check.since else HIDDEN
        case "title":
            return check.definition.title
        case "further":
            return check.result.further


def STCheckShow(client: Client, data: str, page: str) -> Outcome:
    """Take the name of a check and go to `page`; an empty line goes back."""
    text = data.strip()
    if not text:
        return BACK
    listed = listed_check(client, int(text)) if text.isdecimal() and len(text) < 5 else None
    check, rest = client.services.checks.named(listed or text)
    if check is None or rest:
        client.notice(f'There is no check "{text[:40]}".' if rest and check else rest)
        return REPEAT
    choose(client, check.name)
    return Goto(page)


def STCheckTurn(client: Client) -> Outcome:
    """Turn the graph of the check that is looked at: to an hour, a day, a week, or to its next figure."""
    if client.key in SPANS:
        client.client_data[_SPAN] = SPANS[client.key]
    else:
        at = client.client_data.get(_FIGURE)
        client.client_data[_FIGURE] = (at if isinstance(at, int) else 0) + 1
    return BACK


def STCheckRunbook(client: Client) -> Outcome:
    """Go to the page that says what to do about the check that is looked at."""
    check = chosen(client)
    runbook = check.definition.config.runbook if check is not None else ""
    if not runbook:
        client.notice("It has no runbook." if check is not None else NO_CHECK)
        return BACK
    if client.services.tree.get(runbook) is None:
        client.notice(f'Its runbook "{one_line(runbook)[:40]}" is no page here.')
        return BACK
    return Goto(runbook)


async def STCheckCard(client: Client, keep: int = 8) -> str:
    """Print all that is known of the check that is looked at: state, figures, further lines, last changes.

    That is the one STCheckShow has found, or the one in the row of the list whose number led here.
    """
    if not may_see_figures(client):
        return LOG_IN
    if client.key.isdecimal() and (name := listed_check(client, int(client.key))) is not None:
        choose(client, name)
    check = chosen(client)
    if check is None:
        return NO_CHECK
    rows: list[str] = [
        *_head(check, width_of(client)),
        *_further(check, width_of(client)),
        *await _changes(client, check),
    ]
    return Ansi("\n").join(client.page(rows, keep))


def _head(check: Check, width: int) -> list[str]:
    now = time.time()
    lasting = f"for {duration_words(now - check.since)}" if check.since else ""
    ran = f"{duration_words(now - check.ran_at)} ago, in {check.took:.2f} s" if check.ran_at else "not since the start"
    rows: list[str] = [
        Ansi(f"{'Check':<10}") + check.definition.title,
        Ansi(f"{'State':<10}") + in_color(check.state, check.state.word) + f" {lasting}" + _unconfirmed(check),
        *(
            Ansi(f"{'Says' if not at else '':<10}") + row
            for at, row in enumerate(wrapped(check.text, width - 10)[:MOST_SAID] or [""])
        ),
        Ansi(f"{'Ran':<10}") + ran,
    ]
    if check.ack_by:
        rows.append(Ansi(f"{'Known':<10}") + known_words(check))
    if check.muted_until > now:
        rows.append(Ansi(f"{'Muted':<10}") + f"for {span_words(check.muted_until - now)}")
    if check.definition.config.runbook:
        rows.append(Ansi(f"{'Runbook':<10}") + check.definition.config.runbook)
    return rows


def _unconfirmed(check: Check) -> str:
    return f", seen {count_words(check.track.count, 'time')}, not confirmed yet" if check.track.soft else ""


def _further(check: Check, width: int) -> list[str]:
    figures = [f"{figure.label} {amount(figure.value, figure.unit)}" for figure in check.result.figures]
    rows = [
        f"{'Figures' if not at else '':<10}{row}"
        for at, row in enumerate(textwrap.wrap(", ".join(figures), width - 10))
    ]
    lines = [row for line in check.result.further.split("\n") for row in textwrap.wrap(line, width) or [""]]
    return [*rows, "", *lines] if check.result.further else rows


async def _changes(client: Client, check: Check) -> list[str]:
    changes = await client.services.checks.changes(CHANGES, check.name)
    words = [
        f"{when(change.at)}  {State(change.before).word} -> {State(change.after).word}  {change.text}"
        for change in changes
    ]
    return ["", *(row[: width_of(client)] for row in words)] if words else []


async def STCheckAck(client: Client) -> Outcome:
    """Ask for a comment and for how long, and note that somebody knows about the check; operators only."""
    check = _mine(client)
    if check is None:
        return BACK
    text = (await client.ask("What is being done about it (off takes it back): ")).strip()
    if not text:
        return BACK
    span = "" if text.casefold() == OFF else (await client.ask("For how long (4h, 2d, Enter until it is OK): ")).strip()
    seconds = seconds_of(span) if span else None
    client.notice(DURATION_RULE if span and not seconds else await acknowledge(client, check, text, seconds))
    return BACK


async def STCheckMute(client: Client) -> Outcome:
    """Ask for how long nobody is to be told of the check that is looked at; operators only."""
    check = _mine(client)
    if check is None:
        return BACK
    text = await client.ask("Mute for how long (1h, 2d; off tells again): ")
    if text.strip():
        client.notice(await mute(client, check, text))
    return BACK


def STCheckRun(client: Client) -> Outcome:
    """Run the check that is looked at, now; operators only."""
    check = _mine(client)
    if check is not None:
        client.services.checks.run_now(check)
        client.notice(f"{check.definition.title} is run now.")
    return BACK


def choose(client: Client, name: str) -> None:
    """Have a check looked at, its main figure first."""
    client.client_data[_CHOSEN] = name
    client.client_data.pop(_FIGURE, None)


def chosen_figure(client: Client, check: Check) -> Figure | None:
    """Return the performance value that is looked at."""
    at, figures = client.client_data.get(_FIGURE), check.result.figures
    main = check.figure
    if not isinstance(at, int) or main is None:
        return main
    return figures[(figures.index(main) + at) % len(figures)]


def chosen_hours(client: Client) -> int:
    """Return how many hours the graph shows."""
    hours = client.client_data.get(_SPAN)
    return hours if isinstance(hours, int) else 1


def chosen(client: Client) -> Check | None:
    """Return the check that is looked at."""
    name = client.client_data.get(_CHOSEN)
    return client.services.checks.find(name) if isinstance(name, str) else None


def _mine(client: Client) -> Check | None:
    """Return the check that is looked at, to who may do something about it."""
    if refused(client, Role.OPERATOR):
        return None
    check = chosen(client)
    if check is None:
        client.notice(NO_CHECK)
    return check
