"""Handlers that print a site's own files."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.ansi import Ansi
from sttelnet.handlers import files
from sttelnet.handlers.files import LARGEST, Leaf, STFile, Unreadable, fault_of
from tests.handlers.window import HostSite, host_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


# STFile


async def test_text_is_printed_without_what_acts_on_a_terminal(site: HostSite) -> None:
    (site.services.files / "motd.txt").write_bytes("\ufeffGrüße\r\n\x1b[2Jzwei\r\n\r\n".encode())

    printed = await STFile(site.client(), "motd.txt")

    assert printed == "Grüße\n[2Jzwei"
    assert not isinstance(printed, Ansi)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp437"])
async def test_text_is_read_in_the_charsets_there_are(site: HostSite, encoding: str) -> None:
    (site.services.files / "motd.txt").write_bytes("Grüße".encode(encoding))

    assert await STFile(site.client(), "motd.txt") == "Grüße"


async def test_art_is_printed_as_it_is_without_its_record(site: HostSite) -> None:
    record = b"SAUCE00" + b"\0" * 121
    (site.services.files / "logo.ANS").write_bytes(b"\x1b[1;31m\xdb\xb0\x01\r\n\x1a" + record)

    printed = await STFile(site.client(), "logo.ANS")

    assert isinstance(printed, Ansi)
    assert printed == "\x1b[1;31m█░☺\x1b[0m"


async def test_an_empty_file_prints_nothing(site: HostSite) -> None:
    (site.services.files / "motd.txt").write_bytes(b"")

    assert await STFile(site.client(), "motd.txt") == ""


async def test_a_file_in_a_folder_is_found(site: HostSite) -> None:
    (site.services.files / "art").mkdir()
    (site.services.files / "art" / "sign.txt").write_text("sign")

    assert await STFile(site.client(), "art/sign.txt") == "sign"


def test_a_changed_file_is_read_anew_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    leaf, path = Leaf(tmp_path, "motd.txt"), tmp_path / "motd.txt"
    path.write_text("one")
    first = leaf.read()
    assert leaf.read() is first

    path.write_text("longer")
    assert leaf.read() == "longer"
    path.unlink()
    assert leaf.read() == Unreadable("it is not in the files folder", missing=True)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "//host/share/x",
        "../config.toml",
        "a/../../config.toml",
        "a/./b",
        "a//b",
        "a/",
        "C:\\Windows\\win.ini",
        "C:x",
        "motd.txt:stream",
        "..\\config.toml",
        "\\\\host\\share",
        ".htpasswd",
        "a/.git/config",
        "nul",
        "NUL.txt",
        "art/com1",
        "Lpt9.ans",
        "conin$",
        "motd.txt.",
        "motd.txt ",
        "a\0b",
        "a\nb",
        "x" * 256,
    ],
)
async def test_a_name_that_could_leave_the_folder_is_refused(site: HostSite, name: str) -> None:
    assert fault_of(name)
    with pytest.raises(ValueError, match="cannot show"):
        await STFile(site.client(), name)


@pytest.mark.parametrize("name", ["motd.txt", "art/logo.ans", "console.txt", "Überblick 2.txt", "com10", "a..b"])
def test_an_ordinary_name_is_not_refused(name: str) -> None:
    assert fault_of(name) is None


@given(st.text())
def test_a_name_that_is_not_refused_stays_below_the_folder(name: str) -> None:
    folder = Path("/srv/files")

    if fault_of(name) is None:
        assert Path(os.path.normpath(folder / name)).is_relative_to(folder)
        assert Path(os.path.normpath(folder / name)) != folder


@given(st.text())
def test_no_name_makes_reading_raise(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    assert isinstance(Leaf(Path(tmp_path_factory.getbasetemp()), name).read(), str | Unreadable)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
async def test_a_link_out_of_the_folder_is_refused(site: HostSite) -> None:
    (site.services.files / "link.txt").symlink_to("/etc/hostname")
    (site.services.files / "circle").symlink_to("circle")

    with pytest.raises(ValueError, match="leads out"):
        await STFile(site.client(), "link.txt")
    with pytest.raises(ValueError, match="cannot show"):
        await STFile(site.client(), "circle")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
async def test_what_is_no_file_is_refused_without_waiting_for_it(site: HostSite) -> None:
    if sys.platform != "win32":
        os.mkfifo(site.services.files / "pipe")

    with pytest.raises(ValueError, match="it is no file"):
        await STFile(site.client(), "pipe")


async def test_a_file_that_is_too_large_is_refused(site: HostSite) -> None:
    (site.services.files / "big.txt").write_bytes(b"x" * LARGEST)
    (site.services.files / "bigger.txt").write_bytes(b"x" * (LARGEST + 1))

    assert len(await STFile(site.client(), "big.txt")) == LARGEST
    with pytest.raises(ValueError, match="256 KiB"):
        await STFile(site.client(), "bigger.txt")


async def test_few_files_are_kept_however_many_are_asked_for(site: HostSite) -> None:
    for number in range(files.MOST_FILES + 10):
        await files.read(site.services.files, f"{number}.txt")

    assert len(files._shelf) == files.MOST_FILES
