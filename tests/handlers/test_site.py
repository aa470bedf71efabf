from __future__ import annotations

from pathlib import Path

from sttelnet.handlers.site import Site
from sttelnet.script.model import Get
from tests.daemon import write_site

GOOD = "def Mine(client):\n    return 1\n"


def calls(site: Site, keyword: str) -> list[str]:
    return [piece.call.name for piece in site.tree.scripts[keyword].body if isinstance(piece, Get)]


async def test_modules_that_fail_to_load_are_refused_whole_and_the_old_ones_serve_on(tmp_path: Path) -> None:
    site = Site(write_site(tmp_path, {"root": "{% get:Mine %}", "h.py": GOOD}))
    site.load()
    write_site(tmp_path, {"a": "{% get:New %}", "root": "new {% get:Mine %}"})
    write_site(tmp_path, {"h.py": GOOD + "def New(client):\n    return 2\n", "m.py": "import nosuchmod\n"})
    await site.look()

    assert "New" not in site.handlers
    assert calls(site, "root") == ["Mine"]
    assert calls(site, "a") == ["STErrors"]
    assert [problem.code for problem in site.tree.problems] == ["module"]

    (site.folder / "m.py").unlink()
    await site.look()

    assert calls(site, "a") == ["New"]
    assert site.tree.problems == ()


def test_at_the_start_a_page_whose_handler_could_not_be_loaded_shows_every_error(tmp_path: Path) -> None:
    site = Site(write_site(tmp_path, {"root": "r", "a": "{% get:Mine %}", "h.py": "import nosuchmod\n" + GOOD}))
    site.load()

    (piece,) = (piece for piece in site.tree.scripts["a"].body if isinstance(piece, Get))
    assert (piece.call.name, piece.call.positional) == ("STErrors", ())
    assert len(site.tree.problems) == 1
