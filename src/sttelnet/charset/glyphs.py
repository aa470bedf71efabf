"""What stands in for a character a charset lacks. Every stand-in is one cell wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(pairs: Mapping[str, str]) -> dict[str, str]:
    return {char: glyph for glyph, chars in pairs.items() for char in chars}


# Read: the glyph on the left stands in for each character on the right.
ASCII_GLYPHS: Final = _table(
    {
        # Lines and boxes.
        "-": "─━┄┅┈┉╌╍═╴╶╸╺╼╾▬‐‑‒–—―−⁃↔¬‾",
        "|": "│┃┆┇┊┋╎╏║╵╷╹╻╽╿↕↨¦⌠⌡‖",
        "+": "┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬╭╮╯╰±†‡",
        "/": "╱÷⁄∕",
        "\\": "╲∖",
        # Blocks and shapes.
        "#": "█▀▌▐▓▅▆▇▉▊▋▙▛▜▟■□▪▫◼◻◾◽≠◘◙",
        "=": "▄≡",
        ":": "▒▂▃▍▎▚▞▖▗▘▝⋮",
        ".": "░▁▏▔▕…⋯·∙",
        "*": "•●◆◇♥♦♣♠☼★☆✦✧✱∗♪♫❤⬤⭐",
        "o": "○◯◦°♂♀",
        "@": "☺☻",
        "L": "∟£",
        "P": "¶₧",
        "S": "§",
        # Arrows.
        ">": "→►▶▸▷➔➜➤⇒⟶›»❯≥⏵",
        "<": "←◄◀◂◁⇐⟵‹«❮≤⏴",
        "^": "↑▲△⇑⌂ˆ",
        "v": "↓▼▽⇓√✓✔☑✅ˇ",
        "x": "×✗✘✕✖☒❌❎╳",
        "!": "‼⚠⚡❗¡",
        "?": "¿❓",
        "i": "ℹı",
        # Quotation marks and signs.
        "'": "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u02b9",
        '"': "\u201c\u201d\u201e\u201f\u2033\u02ba",
        "~": "≈∼˜",
        "8": "∞",
        "E": "€Σ",
        "A": "Æ",
        "Y": "¥",
        "c": "¢©",
        "r": "®",
        # Letters without a base, and the Greek ones of CP437.
        "a": "αæ",
        "s": "ßσ",
        "G": "Γ",
        "p": "π",
        "u": "µμ",
        "t": "τþ",
        "F": "Φ",
        "T": "Θ",
        "O": "ΩØŒ",
        "d": "δđð",
        "f": "φƒ",
        "e": "ε",
        "n": "∩ŋ",
        "D": "ĐÐ",
        "l": "ł",
        "h": "ħ",
        "H": "Ħ",
    }
) | {"ø": "o", "œ": "o", "Ł": "L", "Þ": "T", "ẞ": "S", "Ŋ": "N"}

# Looked up first for CP437: lines of other weights, finer blocks, and bullets it draws better than ASCII.
CP437_GLYPHS: Final = _table(
    {
        "─": "━┄┅┈┉╌╍╴╶╸╺╼╾▬—―",
        "│": "┃┆┇┊┋╎╏╵╷╹╻╽╿",
        "┌": "┍┎┏╭",
        "┐": "┑┒┓╮",
        "└": "┕┖┗╰",
        "┘": "┙┚┛╯",
        "├": "┝┞┟┠┡┢┣",
        "┤": "┥┦┧┨┩┪┫",
        "┬": "┭┮┯┰┱┲┳",
        "┴": "┵┶┷┸┹┺┻",
        "┼": "┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋",
        "_": "▁",
        "▄": "▂▃▖▗",
        "▀": "▔▘▝",
        "█": "▅▆▇▉▊▋▙▛▜▟",
        "▌": "▍▎▏",
        "▐": "▕",
        "▒": "▚▞",
        "■": "□▪▫◼◻◾◽●◆◇♦◘◙⬤",
        "∙": "•",
        "√": "✓✔☑✅",
        "»": "❯",
        "«": "❮",
        "°": "◦",
        "µ": "μ",
        "ß": "β",
    }
)
