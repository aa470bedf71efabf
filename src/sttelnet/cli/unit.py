"""A systemd unit for a site."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sttelnet.charset import one_line
from sttelnet.cli.installed import Service

WATCHDOG: Final = 30  # seconds; above server.stall_timeout, whose end says more
_STATE: Final = Path("/var/lib")
_HOMES: Final = tuple(map(Path, ("/home", "/root", "/run/user")))
_TEMPORARY: Final = tuple(map(Path, ("/tmp", "/var/tmp")))  # noqa: S108 - nothing is written there
_AT_LEAST: Final = 4096  # descriptors: a client takes one, a shell or a transfer some more

# systemd.exec(5). ProtectProc= is not among them: health pages show the processes of all accounts.
_WHAT_IT_BINDS: Final = """\
# What follows binds all that the daemon starts as well: checks, the commands of STRun, the shell of STShell.
#   sudo and su in that shell    take out NoNewPrivileges, RestrictSUIDSGID, CapabilityBoundingSet
#   writing to other folders     add them to ReadWritePaths; below /home also take out ProtectHome
#   containers, debuggers        take out RestrictNamespaces, SystemCallFilter
#   shell.user in config.toml    User=root and CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL
#   a check with use = "ping"    the account's group in sysctl net.ipv4.ping_group_range
"""
_HARDENING: Final = """\
NoNewPrivileges=yes
ProtectSystem=strict
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
"""


def systemd(service: Service) -> str:
    """Return a unit file."""
    return "\n".join(_unit(service)) + "\n"


def _unit(service: Service) -> Iterator[str]:
    user, data = service.user, service.data
    yield "# Save as /etc/systemd/system/sttelnet.service. Make the account and its folder, if they are not there:"
    yield f"#   useradd --system --home-dir {one_line(str(data))} --shell /usr/sbin/nologin {one_line(user)}"
    yield f"#   install -d -o {one_line(user)} -m 0700 {one_line(str(data))}"
    for folder in service.folders:
        yield f"#   install -d -o {one_line(user)} -m 0700 {one_line(str(folder))}"
    yield "# then: systemctl daemon-reload; systemctl enable --now sttelnet"
    yield ""
    yield "[Unit]"
    yield "Description=sttelnet, a telnet service for this host"
    yield "Wants=network-online.target"
    yield "After=network-online.target"
    yield ""
    yield "[Service]"
    yield "# With systemd 253 or later, Type=notify-reload has `systemctl reload` wait until the reload is done."
    yield "Type=notify"
    yield f"ExecStart={' '.join(_word(word).replace('$', '$$') for word in service.command)}"
    yield "ExecReload=/bin/kill -HUP $MAINPID"
    yield f"User={_value(user)}"
    yield f"WorkingDirectory={_value(str(data if service.config is None else service.config.parent))}"
    yield "Restart=on-failure"
    yield "RestartSec=2"
    yield "# 2, 78: the command line or the configuration is wrong, and starting again will not help."
    yield "RestartPreventExitStatus=2 78"
    yield f"WatchdogSec={max(WATCHDOG, math.ceil(service.settings.server.stall_timeout) + 10)}"
    yield f"TimeoutStopSec={service.stop_seconds}"
    yield f"LimitNOFILE={max(_AT_LEAST, 2 * service.settings.server.max_sessions)}"
    yield ""
    yield from _where_it_writes(service)
    yield ""
    yield from _bounds(service)
    yield ""
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _where_it_writes(service: Service) -> Iterator[str]:
    """ProtectSystem=strict leaves nothing to write to but these."""
    if service.data.is_relative_to(_STATE) and service.data != _STATE:
        yield f"StateDirectory={_word(str(service.data.relative_to(_STATE)))}"
        yield "StateDirectoryMode=0700"
    else:
        yield f"ReadWritePaths={_word(str(service.data))}"
    for folder in service.folders:  # of file areas; "-": it need not be there
        yield f"ReadWritePaths={_word('-' + str(folder))}"


def _bounds(service: Service) -> Iterator[str]:
    settings = service.settings
    paths = [
        service.python,
        service.base,
        service.data,
        *service.folders,
        *([service.config] if service.config else []),
    ]
    yield from _WHAT_IT_BINDS.splitlines()
    if settings.shell.enabled or settings.run.enabled:
        which = " and ".join(name for name in ("shell", "run") if getattr(settings, name).enabled)
        yield f"# Enabled in this site: {which}."
    yield from _HARDENING.splitlines()
    yield f"ProtectHome={'read-only' if _any_below(paths, _HOMES) else 'yes'}"
    if _any_below(paths, _TEMPORARY):
        yield "# No PrivateTmp: this site stands in a folder for temporary files."
    else:
        yield "PrivateTmp=yes"
    if 0 < settings.server.port < 1024:
        yield "AmbientCapabilities=CAP_NET_BIND_SERVICE"
        yield "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"
    else:
        yield "CapabilityBoundingSet="


def _any_below(paths: list[Path], folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for path in paths for folder in folders)


def _value(text: str) -> str:
    """Escape a whole value: systemd.unit(5), "Specifiers"."""
    return one_line(text).replace("%", "%%")


def _word(word: str) -> str:
    """Quote one of several words: systemd.syntax(7), "Quoting"."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./$-]+", word, re.ASCII):
        return word
    word = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in word) + '"'
