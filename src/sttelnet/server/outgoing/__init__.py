"""The ways out of this host on which people are told of a change: a program, a web service, e-mail.

Each has its own queue and its own task, so that one that is slow holds no other up, and is tried again with growing
pauses. Nothing here is kept over the end of the daemon.
"""

from __future__ import annotations

from sttelnet.server.outgoing.batch import Batch, Failure, Way
from sttelnet.server.outgoing.choice import Settings, ways
from sttelnet.server.outgoing.mail import MailWay
from sttelnet.server.outgoing.program import ProgramWay
from sttelnet.server.outgoing.queueing import Outgoing
from sttelnet.server.outgoing.webhook import WebhookWay

__all__ = ["Batch", "Failure", "MailWay", "Outgoing", "ProgramWay", "Settings", "Way", "WebhookWay", "ways"]
