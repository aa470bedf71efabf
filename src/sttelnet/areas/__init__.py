"""File areas: folders of files that clients may list, take from and add to, each by their role.

Everything but the transfer itself and the pages: which areas there are, what is in them, what is said of the
files, and how much more may come.
"""

from __future__ import annotations

from sttelnet.areas.area import Area
from sttelnet.areas.areas import Areas
from sttelnet.areas.ledger import DownloadLedger, UploadLedger
from sttelnet.areas.listing import Unavailable
from sttelnet.areas.merging import AreaFile

__all__ = ["Area", "AreaFile", "Areas", "DownloadLedger", "Unavailable", "UploadLedger"]
