"""Where a site's daemon has its data."""

from __future__ import annotations

from pathlib import Path

from sttelnet.cli.site import Site
from sttelnet.config import Config


def data_folder(site: Site, config: Config) -> Path:
    """Return the folder of the database and of the control socket."""
    return (site.home / config.data.directory).resolve()
