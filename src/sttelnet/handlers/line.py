"""Whether others can read what goes to and fro."""

from __future__ import annotations

from sttelnet.client import Client


def STLine(client: Client) -> str:
    """Print how the client's line is kept from others: encrypted (TLS 1.3), this machine, NOT encrypted."""
    if client.encryption:
        return f"encrypted ({client.encryption})"
    return "this machine" if client.secure else "NOT encrypted"
