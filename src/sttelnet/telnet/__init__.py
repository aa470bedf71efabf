"""Telnet as a Channel: an asyncio.Protocol carries the bytes, telnetlib3 keeps the state of the options.

`channel` is what a server and a session see; `inbound` and `outbound` are its two queues with their caps;
`negotiation` is the only importer of telnetlib3 and says what it is kept away from, and why.
"""

from sttelnet.telnet.channel import TelnetChannel
from sttelnet.telnet.limits import Limits
from sttelnet.telnet.traffic import Traffic

__all__ = ["Limits", "TelnetChannel", "Traffic"]
