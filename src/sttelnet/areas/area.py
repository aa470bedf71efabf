"""One file area: who may do what there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.config import AreaConfig
from sttelnet.role import Role

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Area:
    """One area, as config.toml has it at the moment."""

    name: str
    config: AreaConfig
    directory: Path  # absolute, links followed

    @property
    def title(self) -> str:
        """What pages call it."""
        return self.config.title or self.name

    @property
    def quota(self) -> int:
        """How many bytes its files may take together."""
        return self.config.quota * MIB

    def may_list(self, role: Role) -> bool:
        """Return whether a role may see what is there."""
        return _may(role, self.config.list)

    def may_download(self, role: Role) -> bool:
        """Return whether a role may take a file."""
        return _may(role, self.config.download)

    def may_upload(self, role: Role) -> bool:
        """Return whether a role may bring a file."""
        return _may(role, self.config.upload)

    def is_visible(self, role: Role) -> bool:
        """Return whether a role may do anything here: a letter-box is there for those who only put in."""
        return self.may_list(role) or self.may_download(role) or self.may_upload(role)


def _may(role: Role, least: str) -> bool:
    known = Role.parse(least)  # "nobody" is no role
    return known is not None and role >= known
