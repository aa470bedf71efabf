"""Who is on, and what they write to each other: the bus between sessions.

`Hub` is what the rest of the daemon knows; `LocalHub` keeps it in this process. `Mail` brings messages to members:
onto their screens, and into the database until they have seen them.
"""

from __future__ import annotations

from sttelnet.hub.bus import Hub, Inbox
from sttelnet.hub.local import LocalHub
from sttelnet.hub.mail import LONGEST, Mail
from sttelnet.hub.people import Delivery, Message, Presence, Sender, Taken, number_of
from sttelnet.hub.rooms import HISTORY, LOBBY, Room, RoomFull, Said, Saying, is_room_name

__all__ = [
    "HISTORY",
    "LOBBY",
    "LONGEST",
    "Delivery",
    "Hub",
    "Inbox",
    "LocalHub",
    "Mail",
    "Message",
    "Presence",
    "Room",
    "RoomFull",
    "Said",
    "Saying",
    "Sender",
    "Taken",
    "is_room_name",
    "number_of",
]
