"""What a terminal shows as a picture, as a camera would see it: the cells of a pyte screen in light and dark."""

from __future__ import annotations

import base64
import re

import pyte

_LIGHT = {"brightwhite", "white", "ffffff"}
_DARK = {"black", "000000"}
# How much of a cell the characters fill that QR codes are drawn with: its upper half, its lower half.
_HALVES = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}
_POINTS = 8  # of a half cell


def screen_of(rows: list[str], columns: int = 80) -> pyte.Screen:
    """Return the screen that rows make, with the colours that are written in them."""
    screen = pyte.Screen(columns, len(rows))
    pyte.Stream(screen).feed("\r\n".join(rows))
    return screen


def picture_of(screen: pyte.Screen, *, light_paper: bool = False) -> bytes:
    """Return a screen as a PGM image; `light_paper`: where no colour is set, dark stands on light."""
    rows: list[list[bool]] = []
    for row in range(screen.lines):
        cells = [_cell(screen.buffer[row][column], light_paper) for column in range(screen.columns)]
        rows += [[upper for upper, _ in cells], [lower for _, lower in cells]]
    points = [bytes(255 if light else 0 for light in row for _ in range(_POINTS)) for row in rows]
    header = f"P5 {_POINTS * screen.columns} {_POINTS * len(rows)} 255\n".encode()
    return header + b"".join(line for line in points for _ in range(_POINTS))


def _cell(char: pyte.screens.Char, light_paper: bool) -> tuple[bool, bool]:
    """Return whether the upper half of a cell is light, and the lower. A letter does not count: none is in a code."""
    ink, paper = _is_light(char.fg, not light_paper), _is_light(char.bg, light_paper)
    if char.reverse:
        ink, paper = paper, ink
    upper, lower = _HALVES.get(char.data, (False, False))
    return ink if upper else paper, ink if lower else paper


def _is_light(colour: str, default: bool) -> bool:
    return colour in _LIGHT or (colour not in _DARK and default)


def key_in(text: str) -> bytes:
    """Return the key that a page for the second factor shows in words."""
    groups = re.findall(r"(?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}", text)
    assert len(groups) == 2, text
    return base64.b32decode("".join(groups).replace(" ", ""))
