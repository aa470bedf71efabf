"""Which site a command is about: its scripts, its config.toml, and where relative paths stand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sttelnet
from sttelnet.config import Loaded, read_config
from sttelnet.errors import ConfigError, TreeError

CONFIG_NAME = "config.toml"
_PACKAGE = Path(sttelnet.__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with scripts/, and config.toml where there is one."""

    folder: Path
    config_path: Path | None  # as it was named
    packaged: bool  # the tree that ships

    @property
    def scripts(self) -> Path:
        """The script tree."""
        return self.folder / "scripts"

    @property
    def home(self) -> Path:
        """Where relative paths stand: beside config.toml, without one in the working directory."""
        return self.folder if self.config_path is not None else Path.cwd()


def packaged_folder() -> Path:
    """Return the site that ships: inside an installed package, else at the root of the checkout."""
    installed = _PACKAGE / "site"
    for folder in (installed, _PACKAGE.parent.parent):
        if (folder / "scripts" / "root.txt").is_file():
            return folder
    message = f"the scripts that ship with sttelnet are missing: {installed} (install it again)"
    raise TreeError(message)


def find_site(config_option: str | None) -> Site:
    """Return the site `--config` names, else the one in the working directory, else the packaged one."""
    if config_option is not None:
        named = Path(config_option)
        path = named / CONFIG_NAME if named.is_dir() else named
        if not path.is_file():
            raise ConfigError([_no_file(path)])
        return Site(path.resolve().parent, path, packaged=False)
    here = Path(CONFIG_NAME)
    if here.is_file():
        return Site(Path.cwd(), here, packaged=False)
    if here.exists():
        raise ConfigError([_no_file(here)])
    return Site(packaged_folder(), None, packaged=True)


def _no_file(path: Path) -> str:
    if path.exists():
        return f"{path}: this is {'a folder' if path.is_dir() else 'no file'}, not a configuration"
    return f"{path}: no such file (`sttelnet init DIR` writes one)"


def load(site: Site, overrides: Mapping[str, object], environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read the site's config. Raises ConfigError with everything that is wrong."""
    if site.config_path is None:
        return read_config("", CONFIG_NAME, environ, overrides)
    return read_config(read_text(site.config_path), str(site.config_path), environ, overrides)


def read_text(path: Path) -> str:
    """Read a config file; Notepad's byte-order mark is dropped. Raises ConfigError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}: not UTF-8"]) from error
