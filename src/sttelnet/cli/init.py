"""`sttelnet init`: a new site, copied whole from the one that ships."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.parser import make_parser
from sttelnet.cli.site import CONFIG_NAME, packaged_folder

EXAMPLES = (
    "sttelnet init mybox                    write mybox/config.toml, mybox/scripts/, mybox/files/",
    "cd mybox && sttelnet                   serve it",
)

EXAMPLE_NAME: Final = "example.py"
EXAMPLE: Final = '''"""A site's own handlers: every public function here is one, and an edit counts without a restart.

Put this into a script, scripts/root.txt for one, and look at the page:

    {% get:Greeting %}
    {% get:Greeting("Welcome aboard") %}
"""

from __future__ import annotations

from sttelnet.client import Client


def Greeting(client: Client, words: str = "Good day") -> str:
    """A `get` handler: what it returns is printed where the statement stands."""
    return f"{words}, {client.nick_name}."


async def Guestbook(client: Client, data: str) -> str:
    """A `set` handler: `{% set:Guestbook %}` gives it the line entered; it returns what happens next."""
    if not data.strip():
        client.notice("Write something, or press Ctrl-C.")
        return "repeat"  # the next line comes here again
    client.notice("Thank you.")
    return "back"
'''

MOTD: Final = 'A page shows this line with {% get:STFile("motd.txt") %}.\n'


def run(arguments: Sequence[str]) -> int:
    """Write a new site."""
    parser = make_parser("init", "Write a new site: config.toml, scripts/ with an example handler, files/.", EXAMPLES)
    parser.add_argument("folder", metavar="DIR", help="where; made if it is not there")
    folder = Path(parser.parse_args(arguments).folder)
    hindrance = _hindrance(folder)
    if hindrance:
        exits.say(hindrance)
        return exits.USAGE
    source = packaged_folder()
    try:
        _write(source, folder)
    except OSError as error:
        exits.say(f"cannot write {error.filename or folder}: {_why(error)}")
        return exits.UNAVAILABLE
    print(f"{folder}: a site with {len(list((folder / 'scripts').rglob('*.txt')))} pages")
    print(f"Serve it:  sttelnet serve --config {folder}     Check it:  sttelnet lint {folder}")
    return exits.OK


def _why(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # copytree's: a list of (from, to, why)
        return str(error.args[0][0][2])
    return error.strerror or str(error)


def _hindrance(folder: Path) -> str:
    if folder.exists() and not folder.is_dir():
        return f"{folder} is no folder"
    there = [name for name in (CONFIG_NAME, "scripts") if (folder / name).exists()]
    return f"{folder} has {' and '.join(there)} already: nothing was written" if there else ""


def _write(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    example = folder / "scripts" / EXAMPLE_NAME
    if not example.exists():
        example.write_text(EXAMPLE, encoding="utf-8", newline="\n")
    if not (folder / "files").exists():
        (folder / "files").mkdir()
        (folder / "files" / "motd.txt").write_text(MOTD, encoding="utf-8", newline="\n")
    shutil.copyfile(source / CONFIG_NAME, folder / CONFIG_NAME)
