"""QR codes in half blocks: two modules to a character, one above the other. The only importer of its library."""

from __future__ import annotations

from typing import Final

import segno

SIDE: Final = 41  # modules: a code of 33 has the quiet zone of 4 (ISO/IEC 18004), one of 37 gets along with 2
# Light modules are drawn and dark ones left out: most terminals are dark. Read: top light, bottom light.
_BLOCKS: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def rows_of(text: str) -> list[str]:
    """Return the rows of a text's QR code, SIDE cells each. Raises ValueError where it would be larger."""
    code = segno.make_qr(text, error="l", boost_error=False)
    border = (SIDE - len(code.matrix)) // 2
    if border < 1:
        message = f"a QR code of {len(text)} characters does not fit {SIDE} modules"
        raise ValueError(message)
    light = [[not module for module in row] for row in code.matrix_iter(border=border)]
    light.append([True] * SIDE)  # their number is odd
    return [
        "".join(_BLOCKS[pair] for pair in zip(top, bottom, strict=True))
        for top, bottom in zip(light[::2], light[1::2], strict=True)
    ]
