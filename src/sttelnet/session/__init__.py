"""One client's session: the coroutine that walks the script tree, and what it is made of."""

from __future__ import annotations

from sttelnet.session.desk import Desk
from sttelnet.session.render import render
from sttelnet.session.session import Session
from sttelnet.session.visit import Enter

__all__ = ["Desk", "Enter", "Session", "render"]
