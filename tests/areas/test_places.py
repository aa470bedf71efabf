"""Where areas may stand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sttelnet.areas.places import Site, prepare_places
from sttelnet.config import AreaConfig
from tests.cli.unprivileged import folder_of_nobody, hand_over, printed_by_nobody


@pytest.fixture
def site(tmp_path: Path) -> Site:
    home = tmp_path.resolve() / "site"
    for folder in ("scripts/admin", "data"):
        (home / folder).mkdir(parents=True)
    (home / "data" / "sttelnet.db").touch()
    return Site(home, home / "scripts", home / "data" / "sttelnet.db")


def prepared(site: Site, **directories: str) -> tuple[list[str], list[str]]:
    """Return the names of the areas that are served, and why the others are not."""
    areas = {name: AreaConfig(directory=directory) for name, directory in directories.items()}
    places, faults = prepare_places(areas, site)
    assert all(place.given == directories[name] for name, place in places.items())
    return list(places), faults


def test_missing_directories_are_made_for_the_daemon_alone(site: Site) -> None:
    assert prepared(site, public="areas/public", staff="areas/staff") == (["public", "staff"], [])

    for name in ("public", "staff"):
        directory = site.home / "areas" / name
        assert directory.is_dir()
        if sys.platform != "win32":
            assert directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_is_there_is_left_as_it_is(site: Site) -> None:
    directory = site.home / "pub"
    directory.mkdir(mode=0o755)
    directory.chmod(0o755)
    (directory / "a.txt").touch()

    assert prepared(site, public="pub") == (["public"], [])

    assert (directory / "a.txt").exists()
    if sys.platform != "win32":
        assert directory.stat().st_mode & 0o777 == 0o755


def test_a_directory_may_stand_anywhere(site: Site, tmp_path: Path) -> None:
    assert prepared(site, public=str(tmp_path / "elsewhere"), staff="../staff") == (["public", "staff"], [])


@pytest.mark.parametrize(
    "directory", ["data", "data/../data", ".", "..", "/", "scripts", "scripts/admin", "scripts/new"]
)
def test_an_area_that_gives_access_to_the_site_is_not_served(site: Site, directory: str) -> None:
    names, faults = prepared(site, bad=directory, good="areas/public")

    assert names == ["good"]
    assert len(faults) == 1
    assert faults[0].startswith('area "bad" is not served: its folder ')
    assert not (site.home / "scripts" / "new").exists()


def test_the_reason_is_told(site: Site) -> None:
    _, faults = prepared(site, one="data", two=".", three="scripts/x", four="a", five="a/b", six="a")

    assert [fault.partition(f"folder {site.home}")[2] for fault in faults] == [
        f"{os.sep}data contains the database {site.database}",
        " contains the site itself",
        f"{os.sep}scripts{os.sep}x overlaps with the scripts folder {site.scripts}",
        f'{os.sep}a{os.sep}b overlaps with that of area "four"',
        f'{os.sep}a overlaps with that of area "four"',
    ]


def test_an_area_around_another_is_not_served_either(site: Site) -> None:
    assert prepared(site, inner="a/b", outer="a")[0] == ["inner"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_hides_nothing(site: Site, tmp_path: Path) -> None:
    (tmp_path / "innocent").symlink_to(site.home / "data")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "public").mkdir()
    (tmp_path / "same").symlink_to("public")

    names, faults = prepared(site, a="../innocent", b="../circle", c="../public", d="../same", e="../innocent/deeper")

    assert names == ["c", "e"]
    assert len(faults) == 3


@pytest.mark.parametrize("directory", ["file", "file/deeper", "a\0b", "x" * 300])
def test_a_directory_that_cannot_be_made_is_told(site: Site, directory: str) -> None:
    (site.home / "file").touch()

    names, faults = prepared(site, bad=directory, good="good")

    assert names == ["good"]
    assert faults[0].startswith('area "bad" is not served: its folder ')


PREPARE = """
import sys
from pathlib import Path
from sttelnet.areas.places import Site, prepare_places
from sttelnet.config import AreaConfig
home = Path(sys.argv[1])
print(prepare_places({"bad": AreaConfig(directory="locked/a")}, Site(home, home / "scripts", home / "sttelnet.db")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_directory_that_may_not_be_made_is_told_with_the_systems_words() -> None:
    with folder_of_nobody() as home:
        (home / "locked").mkdir()
        hand_over(home, mode=0o500)

        said = printed_by_nobody(PREPARE, str(home))

    faults = [f'area "bad" is not served: its folder {home}/locked/a cannot be used (Permission denied)']
    assert said == f"{({}, faults)}\n"
