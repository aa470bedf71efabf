"""Who is let in: how many at a time, and who has to stay away for a while. Reads no clock but the one it is given."""

from __future__ import annotations

from sttelnet.server.admission.admission import Admission, Refused
from sttelnet.server.admission.crowd import Crowd, Full, Place
from sttelnet.server.admission.penalties import Offence, Penalties, Penalty

__all__ = ["Admission", "Crowd", "Full", "Offence", "Penalties", "Penalty", "Place", "Refused"]
