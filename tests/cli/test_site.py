from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.cli import site as site_module
from sttelnet.cli.plan import make_plan
from sttelnet.cli.site import find_site, load, packaged_folder
from sttelnet.config import Config, load_config
from sttelnet.errors import ConfigError, TreeError
from tests.cli.running import write_site


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder without a config.toml."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_an_option_names_the_site_by_its_file_or_by_its_folder(tmp_path: Path, elsewhere: Path) -> None:
    folder = write_site(tmp_path / "mybox", {"root": "hello"})
    for option in (str(folder), str(folder / "config.toml"), "../mybox"):
        site = find_site(option)
        assert (site.folder, site.packaged) == (folder, False)
        assert site.scripts == folder / "scripts"


def test_an_option_that_names_nothing_is_an_error(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        find_site("nowhere.toml")
    with pytest.raises(ConfigError, match="no such file"):
        find_site(".")


def test_a_folder_named_config_toml_is_an_error(elsewhere: Path) -> None:
    (elsewhere / "config.toml").mkdir()
    for option in (None, "."):
        with pytest.raises(ConfigError, match="this is a folder"):
            find_site(option)


def test_a_config_in_the_working_directory_is_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_site(tmp_path, {"root": "hello"})
    monkeypatch.chdir(folder)
    site = find_site(None)
    assert (site.folder, site.config_path, site.packaged) == (folder, Path("config.toml"), False)


def test_without_a_config_the_scripts_that_ship_are_the_site(elsewhere: Path) -> None:
    site = find_site(None)
    assert (site.config_path, site.packaged) == (None, True)
    assert (site.scripts / "root.txt").is_file()
    assert load(site, {}, {}).config == Config()


def test_an_installed_package_has_its_site_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "sttelnet"
    write_site(package / "site", {"root": "hello"})
    monkeypatch.setattr(site_module, "_PACKAGE", package)
    assert packaged_folder() == package / "site"


def test_an_installation_without_its_scripts_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "_PACKAGE", tmp_path / "lib" / "sttelnet")
    with pytest.raises(TreeError, match="install it again"):
        packaged_folder()


def test_relative_paths_stand_beside_the_config(tmp_path: Path, elsewhere: Path) -> None:
    folder = write_site(tmp_path / "mybox", {"root": "hello"}, '[data]\ndirectory = "var"\n')
    site = find_site(str(folder))
    plan = make_plan(site, load(site, {}, {}).config)
    assert (plan.data, plan.files) == (folder / "var", folder / "files")
    assert plan.database == folder / "var" / "sttelnet.db"


def test_without_a_config_they_stand_in_the_working_directory(elsewhere: Path) -> None:
    plan = make_plan(find_site(None), Config())
    assert (plan.data, plan.files) == (elsewhere, elsewhere / "files")


def test_the_files_of_no_site_go_with_the_data(elsewhere: Path, tmp_path: Path) -> None:
    config = load_config("", "config.toml", {}, {"data.directory": str(tmp_path / "data")})
    assert make_plan(find_site(None), config).files == tmp_path / "data" / "files"


def test_a_config_without_scripts_beside_it_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(TreeError, match="no such folder"):
        make_plan(find_site(str(tmp_path)), Config())


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello"})
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf[server]\r\nport = 7000\r\n")
    loaded = load(find_site(str(tmp_path)), {}, {})
    assert loaded.config.server.port == 7000
    assert loaded.sources["server.port"].endswith("config.toml:2")


def test_a_config_that_is_not_utf_8_is_an_error_on_its_line(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello"})
    (tmp_path / "config.toml").write_bytes(b'[server]\nname = "\x82"\n')
    with pytest.raises(ConfigError, match=r"config\.toml:2: not UTF-8"):
        load(find_site(str(tmp_path)), {}, {})
