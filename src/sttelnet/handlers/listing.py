"""Handlers that print lists, in pages that fit the window, and facts about the service itself."""

from __future__ import annotations

import textwrap
from typing import Final, Literal, TypeAlias

from sttelnet import __version__
from sttelnet.ansi import Ansi, Blink, Bold, Color, Reset, Reverse, Underline
from sttelnet.charset import Charset, bar, spark
from sttelnet.client import Client
from sttelnet.handlers.states import in_color
from sttelnet.handlers.table import LOG_IN, NO_ANSWER, Column, listed, may_see_figures, width_of
from sttelnet.health import Process, Service, State
from sttelnet.role import Role
from sttelnet.words import size_words

# Scripts that name anything else are refused when they load.
Order: TypeAlias = Literal["cpu", "memory"]
Fact: TypeAlias = Literal["type", "size", "charset", "card"]

NO_SERVICES: Final = "Services are not available here: no systemd, no Windows."
NO_ERRORS: Final = "The scripts have no errors."
PLAIN: Final = "unknown"  # the terminal's type where the client told none

_PROCESSES = (
    Column("PID", 7, "right"),
    Column("CPU%", 6, "right"),
    Column("MEM%", 5, "right", window=40),
    Column("SIZE", 7, "right", window=60),
    Column("USER", 16, window=60),
    Column("NAME", 10),
)
_SERVICES = (Column("STATE", 10), Column("SERVICE", 30), Column("DESCRIPTION", 10, window=60))


async def STProcesses(client: Client, sort: Order = "cpu", keep: int = 8) -> str:
    """Print the host's processes in pages, by "cpu" or "memory"; 100 % of cpu is one core."""
    if sort not in {"cpu", "memory"}:
        message = f'unknown order "{sort}" (one of cpu memory)'
        raise ValueError(message)
    if not may_see_figures(client):
        return LOG_IN
    processes = await client.services.health.processes(sort)
    if processes is None:
        return NO_ANSWER
    return listed(client, _PROCESSES, map(_process_row, processes), keep)


def _process_row(process: Process) -> list[str]:
    return [
        str(process.pid),
        f"{process.cpu:.1f}",
        f"{process.memory:.1f}",
        size_words(process.resident),
        process.user,
        process.name,
    ]


async def STServices(client: Client, keep: int = 8) -> str:
    """Print the host's services in pages, failed ones first."""
    if not may_see_figures(client):
        return LOG_IN
    services = await client.services.health.services()
    if services is None:
        return NO_ANSWER
    if not services:
        return NO_SERVICES
    return listed(client, _SERVICES, map(_service_row, services), keep)


def _service_row(service: Service) -> list[str]:
    state = in_color(State.CRITICAL, service.state) if service.failed else service.state
    return [state, service.name, service.description]


def STVersion(client: Client) -> str:
    """Print this program's name and version."""
    return f"sttelnet {__version__}"


def STErrors(client: Client, path: str = "", keep: int = 8) -> str:
    """Print the errors of config.toml and the script tree, or of the one script at `path`, in pages; admins only."""
    if client.role < Role.ADMIN:
        return ""
    services = client.services
    problems = [] if path else services.administration.config_problems()
    problems += [str(problem) for problem in services.tree.problems if path in ("", problem.place.path)]
    rows = [row for problem in problems for row in _wrapped(problem, width_of(client))]
    return "\n".join(client.page(rows, keep)) if rows else NO_ERRORS


def _wrapped(text: str, width: int) -> list[str]:
    lines = text.splitlines()
    return [row for line in lines for row in textwrap.wrap(line, width, subsequent_indent="  ")]


def STTerminal(client: Client, what: Fact = "type") -> str:
    """Print a fact about the client's terminal: type, size, charset; or "card", which shows what it can."""
    terminal = client.terminal
    match what:
        case "type":
            return terminal.type or PLAIN
        case "size":
            return f"{terminal.size.columns}x{terminal.size.rows}"
        case "charset":
            return terminal.charset.value
        case "card":
            return _card(terminal.charset, width_of(client))
    message = f'unknown fact "{what}" (one of type size charset card)'
    raise ValueError(message)


_CARD = """\
 Letters    ÄÖÜ äöüß  ÀÉÊ àéèêç  Åå Ææ Ññ  ¿¡  £¥¢ ½¼ °±
 Boxes      ┌──┬──┐  ╔══╦══╗
            │  │  │  ║  ║  ║     Lines meet without gaps.
            ├──┼──┤  ╠══╬══╣
            └──┴──┘  ╚══╩══╝
 Blocks     ░░▒▒▓▓██  ▄▄▀▀ ▌▌▐▐   Arrows  ←↑→↓ ◄▲►▼   Cards  ♥♦♣♠ •"""
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _card(charset: Charset, width: int) -> Ansi:
    gauges = f" Gauges     {bar(0.6, 20, charset)}  {spark(range(0, 101, 5), 21, charset)}"
    colors = Ansi(" ").join(Color(name) + name + Reset() for name in _NAMES)
    bright = Ansi(" ").join(Color(f"bright {name}") + name + Reset() for name in _NAMES)
    grounds = Ansi("").join(Color("white", name) + f" {name} " + Reset() for name in _NAMES)
    styles = Ansi("  ").join(
        style + word + Reset()
        for style, word in ((Bold(), "bold"), (Underline(), "underline"), (Reverse(), "reverse"), (Blink(), "blink"))
    )
    rows = (
        _CARD,
        gauges,
        Ansi(" Colours    ") + colors,
        Ansi(" Bright     ") + bright,
        Ansi(" Ground     ") + grounds,
        Ansi(" Styles     ") + styles,
        _ruler(width),
        " Is anything wrong? Type /charset utf-8, /charset cp437 or /charset ascii.",
    )
    return Ansi("\n").join(rows)


def _ruler(width: int) -> str:
    """Return a row with a digit at each tenth column: "....|....1....|....2"."""
    return "".join(f"....|....{tens % 10}" for tens in range(1, width // 10 + 2))[:width]
