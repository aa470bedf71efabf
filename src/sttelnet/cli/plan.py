"""A site and its config made into what a Server is to serve."""

from __future__ import annotations

from collections.abc import Callable

from sttelnet.cli.folder import data_folder
from sttelnet.cli.site import Site
from sttelnet.config import Config
from sttelnet.errors import TreeError
from sttelnet.server import Plan


def make_plan(
    site: Site,
    config: Config,
    announce: Callable[[str], None] = lambda line: None,
    *,
    reload: Callable[[], Config] | None = None,
    taken: Callable[[Config], None] = lambda config: None,
    owns_process: bool = False,
    strict: bool = False,
) -> Plan:
    """Return what a Server is to serve. Raises TreeError when the site has no scripts."""
    if not site.scripts.is_dir():
        message = (
            f"{site.scripts}: no such folder (a site has scripts/ beside config.toml; `sttelnet init` writes both)"
        )
        raise TreeError(message)
    data = data_folder(site, config)
    home = site.home.resolve() if site.config_path else data
    return Plan(
        config=config,
        scripts=site.scripts,
        files=(home / config.data.files).resolve(),
        data=data,
        home=home,
        config_path=site.config_path,
        announce=announce,
        config_reload=reload or (lambda: config),
        config_taken=taken,
        owns_process=owns_process,
        strict=strict,
    )
