"""How the host is: figures, states and lists, computed once for all who ask."""

from __future__ import annotations

from sttelnet.health.alert import Alert
from sttelnet.health.check import Check
from sttelnet.health.checks import Checks, CheckSettings
from sttelnet.health.definition import host_checks
from sttelnet.health.figures import Disk, Host, Process, Service, Traffic, Usage
from sttelnet.health.history import History
from sttelnet.health.reading import Reading
from sttelnet.health.sampler import Health
from sttelnet.health.states import State

__all__ = [
    "Alert",
    "Check",
    "CheckSettings",
    "Checks",
    "Disk",
    "Health",
    "History",
    "Host",
    "Process",
    "Reading",
    "Service",
    "State",
    "Traffic",
    "Usage",
    "host_checks",
]
