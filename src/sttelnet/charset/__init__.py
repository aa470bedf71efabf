"""Between the bytes of a terminal and text: charsets, safe text, how wide text is, art, gauges.

Everything a client typed and everything a client is shown passes here. Nothing here raises for what
a peer sent, and what a charset lacks is replaced by as many cells, so that columns stay right.
"""

from __future__ import annotations

from sttelnet.charset.art import Sauce, art, read_sauce
from sttelnet.charset.charsets import Charset, Decoder, for_terminal, is_plain
from sttelnet.charset.cleaning import clean, one_line
from sttelnet.charset.encoding import encode
from sttelnet.charset.gauges import bar, spark
from sttelnet.charset.width import cells, cut, pad

__all__ = [
    "Charset",
    "Decoder",
    "Sauce",
    "art",
    "bar",
    "cells",
    "clean",
    "cut",
    "encode",
    "for_terminal",
    "is_plain",
    "one_line",
    "pad",
    "read_sauce",
    "spark",
]
