"""`sttelnet ctl`: a running daemon, from the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Final

from sttelnet.charset import clean
from sttelnet.cli import exits
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.control import Request, Response, ask

EXAMPLES: Final = (
    "sttelnet ctl who                              who is on",
    'sttelnet ctl msg kim "the backup is done"     onto their screen, or into their mailbox',
    'sttelnet ctl kick 3 --reason "one at a time"  end a session',
    "sttelnet ctl ban 192.0.2.9 --for 2h           turn an address away",
    "sttelnet ctl reload                           config.toml, scripts and handlers, now",
    'sttelnet ctl drain --in 10m --message "disk"  tell everybody, then stop',
)


def run(arguments: Sequence[str]) -> int:
    """Ask the daemon, print its answer."""
    options = vars(_parser().parse_args(arguments))
    site = find_site(options["config"])
    folder = data_folder(site, load(site, overrides(argparse.Namespace(**options))).config)
    response = ask(folder, _request(options))
    if options["json"]:
        print(json.dumps({"ok": response.ok, "lines": response.lines, "data": response.data}, indent=2))
    else:
        _print(response)
    return exits.OK if response.ok else exits.PROBLEMS


def _print(response: Response) -> None:
    for line in response.lines:
        if response.ok:
            print(clean(line))
        else:
            exits.say(clean(line))


def _request(options: dict[str, object]) -> Request:
    own = {"action", "config", "data", "json"}
    given = {name: value for name, value in options.items() if name not in own and value is not None}
    verb = str(options["action"])
    if verb == "stop":
        return Request("drain", {"in": "0"})
    return Request(verb, {name.rstrip("_"): _text(value) for name, value in given.items()})


def _text(value: object) -> str:
    return clean(" ".join(map(str, value)) if isinstance(value, list) else str(value))


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("ctl", "A running daemon, from the command line.", EXAMPLES)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _action(actions, "who", "who is on")
    msg = _action(actions, "msg", "write to a member, or to a session by its number")
    msg.add_argument("name", metavar="NAME|#NUMBER")
    msg.add_argument("text", metavar="TEXT", nargs="+")
    _action(actions, "broadcast", "put a sentence on every screen").add_argument("text", metavar="TEXT", nargs="+")
    kick = _action(actions, "kick", "end a session")
    kick.add_argument("number", metavar="NUMBER")
    kick.add_argument("--reason", metavar="TEXT", help="what they are told")
    ban = _action(actions, "ban", "turn an address away for a time, and end its sessions")
    ban.add_argument("address", metavar="ADDRESS")
    ban.add_argument("--for", metavar="TIME", dest="for_", help="90s, 15m, 2h, 7d (default: 1h)")
    ban.add_argument("--reason", metavar="TEXT")
    _action(actions, "unban", "let an address in again").add_argument("address", metavar="ADDRESS")
    _action(actions, "bans", "the addresses that are banned")
    _action(actions, "reload", "take up config.toml, scripts and handlers now")
    drain = _action(actions, "drain", "let nobody in, tell everybody, then stop")
    drain.add_argument("--in", metavar="TIME", dest="in_", help="90s, 15m, 2h (default: 0)")
    drain.add_argument("--message", metavar="TEXT", help="what everybody is told besides")
    _action(actions, "stop", "stop now, as Ctrl-C does")
    _action(actions, "stay", "take a drain back")
    _action(actions, "figures", "how the daemon itself does")
    _action(actions, "alert-test", "try whether alerts reach those outside: the program, the web service, e-mail")
    return parser


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    add_site_options(parser)
    return parser
