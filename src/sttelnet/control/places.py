"""Where a daemon's control socket is, seen from its data folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec

# The least of the systems' sun_path (104 bytes on macOS and the BSDs, 108 on Linux), with its NUL.
LONGEST_PATH: Final = 103


class Gate(msgspec.Struct, frozen=True):
    """A port on the loopback interface, and the word that opens it."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    token: str


def socket_of(folder: Path) -> Path | None:
    """Return where the Unix socket is; None where there can be none."""
    path = folder / "sttelnet.sock"
    return path if sys.platform != "win32" and len(os.fsencode(path)) <= LONGEST_PATH else None


def gate_file_of(folder: Path) -> Path:
    """Return the file that holds port and token."""
    return folder / "sttelnet.ctl"


def write_gate(path: Path, gate: Gate) -> None:
    """Write port and token so that nobody but the owner can read them. On Windows the folder's own rights count."""
    path.unlink(missing_ok=True)  # with its rights, whatever they were
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(gate))


def read_gate(path: Path) -> Gate | None:
    """Return port and token, None where no daemon has written them. Raises PermissionError for another account's."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Gate)
    except PermissionError:
        raise
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
