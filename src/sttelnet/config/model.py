"""config.toml as typed values: one struct for each table, one field for each key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

A_YEAR = 366 * 24 * 3600  # a longer wait is a slip of the finger, and inf is no end at all

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=A_YEAR)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Penalised = Annotated[float, Meta(ge=0, le=86_400)]  # seconds
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Name = Annotated[str, Meta(min_length=1)]
MiB = Annotated[int, Meta(ge=1, le=1_048_576)]
LeastRole = Literal["guest", "member", "operator", "admin"]  # who may: these and those above
Escape = Annotated[str, Meta(pattern=r"^(Ctrl-[A-Z\[\\\]^_])?$")]  # a control character, or none
Hours = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")]  # of a day, or none
Startups = Annotated[str, Meta(pattern=r"^([0-9]{1,6}:[0-9]{1,3}:[0-9]{1,6})?\Z")]  # start:rate:full, or none
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)"
Limit = Annotated[str, Meta(pattern=rf"^(@?((~|{_NUMBER})?:({_NUMBER})?|{_NUMBER}))?$")]  # a plugins' range, or none
Builtin = Literal[
    "",
    "cpu",
    "memory",
    "swap",
    "disk",
    "load",
    "uptime",
    "process",
    "service",
    "tcp",
    "http",
    "certificate",
    "ping",
    "file",
    "directory",
    "log",
    "events",
    "daemon",
]
# Printable ASCII, and nothing before the host: a name or password there would stand in the log.
WebAddress = Annotated[str, Meta(pattern=r"^(https?://[A-Za-z0-9\[][!-.0-?A-~]*(/[!-~]*)?)?\Z")]
MailAddress = Annotated[str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+\Z", max_length=254)]
Sender = Annotated[str, Meta(pattern=r"^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+)?\Z", max_length=254)]
Who = Literal["guest", "member", "operator", "admin", "nobody"]  # the least role that may; "nobody": no role may


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class ServerConfig(_Section, frozen=True):
    """Where the daemon listens and how long it waits."""

    name: str = ""  # what pages call the host; "" is the host's own name
    listen: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)] = ("127.0.0.1", "::1")
    port: Port = 6023
    allow_plaintext: bool = False  # listen beyond loopback, too, where nothing is encrypted
    trusted_loopback: bool = True  # a client on the loopback interface counts as secure
    max_sessions: Count = 2000
    settle_timeout: Annotated[float, Meta(ge=0, le=0.45)] = 0.4  # wait for the client's answer to the opening offer
    idle_timeout: Seconds = 600
    login_grace: Seconds = 60
    send_timeout: Seconds = 60  # a client that reads nothing for this long is cut off
    drain_timeout: Seconds = 10
    stall_timeout: Annotated[float, Meta(ge=0, le=3600)] = 10.0  # an event loop that stands still; 0 is never


class TlsConfig(_Section, frozen=True):
    """The second listener: telnet over TLS."""

    port: Port = 0  # 0 is none
    listen: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)] = ("127.0.0.1", "::1")
    certificate: str = ""  # a PEM file, with those between it and the root; relative to the folder of config.toml
    key: str = ""  # the PEM file of its key; "" is the certificate's own
    clients: str = ""  # a PEM file of those that sign the certificates of members; "" asks nobody for one


class PenaltiesConfig(_Section, frozen=True):
    """Seconds an address is refused for what came from it, as sshd's PerSourcePenalties; 0 is none."""

    auth_failure: Penalised = 5  # a wrong password or token
    invalid_user: Penalised = 5  # a name nobody has; the same as above, or the difference tells who is a member
    grace_exceeded: Penalised = 10  # server.login_grace
    flood: Penalised = 10  # telnet commands without end, or connections beyond per_address
    no_auth: Penalised = 1  # left without a try to log in; only where guests are not served
    minimum: Penalised = 15  # a source with less is not refused
    maximum: Penalised = 600
    ipv4_network: Annotated[int, Meta(ge=8, le=32)] = 32  # leading bits that make one source
    ipv6_network: Annotated[int, Meta(ge=16, le=128)] = 64


class AdmissionConfig(_Section, frozen=True):
    """Who is let in."""

    per_address: Count = 10  # connections
    per_network: Count = 50
    ipv4_network: Annotated[int, Meta(ge=8, le=32)] = 24  # leading bits that make one network
    ipv6_network: Annotated[int, Meta(ge=16, le=128)] = 64
    exempt: Annotated[tuple[Name, ...], Meta(max_length=64)] = ()  # networks without caps and penalties
    exempt_loopback: bool = True
    startups: Startups = "100:30:400"  # of those who have not logged in; only where guests are not served
    penalties: PenaltiesConfig = PenaltiesConfig()


class GuestsConfig(_Section, frozen=True):
    """Those who have not logged in."""

    enabled: bool = True  # false: there is nothing for them but the log-in


class BansConfig(_Section, frozen=True):
    """What bans do beyond refusing."""

    command: tuple[str, ...] = ()  # a program that is told of each ban and its end


class ScriptsConfig(_Section, frozen=True):
    """The script tree."""

    reload: bool = True  # pick up edits while running
    poll_interval: Annotated[float, Meta(gt=0, le=2)] = 1.0
    handler_timeout: Seconds = 30  # a plain `set` or `post` handler
    get_timeout: Seconds = 5  # a plain `get` handler
    handler_threads: Annotated[int, Meta(ge=1, le=256)] = 8


class DataConfig(_Section, frozen=True):
    """Where the database and files stand."""

    directory: Name = "."  # relative to the folder of config.toml
    database: Name = "sttelnet.db"  # relative to `directory`
    files: Name = "files"  # what STFile reads from; relative to the folder of config.toml


class AreaConfig(_Section, frozen=True):
    """One file area. The roles are those of `sttelnet.role`, least first."""

    directory: Name  # relative to the folder of config.toml
    title: str = ""  # what pages call it; "" is the area's own name
    list: Who = "guest"  # see its files
    download: Who = "member"  # take them
    upload: Who = "member"  # give some
    quota: MiB = 1024  # all its files together


def _shipped_areas() -> dict[str, AreaConfig]:
    return {"public": AreaConfig(directory="areas/public", title="Public files")}


class FilesConfig(_Section, frozen=True):
    """Transfers by ZModem, and the file areas."""

    block: Literal[1024, 8192] = 1024  # bytes in a subpacket when sending
    escape_ff: bool = True  # send the byte 255 as ZRUB1, so that no telnet IAC has to be doubled
    most_files: Annotated[int, Meta(ge=1, le=10_000)] = 100  # in one upload
    largest: MiB = 100  # one uploaded file
    transfer_quota: MiB = 500  # everything in one upload
    member_quota: MiB = 500  # everything of one member that is still there; operators and admins are exempt
    disk_reserve: Annotated[int, Meta(ge=0, le=1_048_576)] = 500  # MiB; with less free, uploads stop
    keep_partial: Seconds = 604_800  # the half of an upload that was cut off
    areas: Mapping[str, AreaConfig] = msgspec.field(default_factory=_shipped_areas)  # by the names the site gave them


class ShellConfig(_Section, frozen=True):
    """The command shell of the host, in a client's window."""

    enabled: bool = False
    role: LeastRole = "admin"  # the least that may
    insecure: bool = False  # also over a line that is neither loopback nor TLS
    command: tuple[str, ...] = ()  # the program and its arguments; () is the platform's own shell
    user: str = ""  # whose rights it has, on POSIX; "" is the daemon's own
    directory: str = ""  # where it starts; "" is that user's home
    environment: tuple[str, ...] = ()  # "NAME=value" each, besides the fixed list
    idle_timeout: Seconds = 1800  # without a key pressed
    escape: Escape = "Ctrl-]"  # leaves the shell; "" is none


class RunConfig(_Section, frozen=True):
    """Commands that script files name: STRun."""

    enabled: bool = False
    role: LeastRole = "operator"  # the least that may
    timeout: Seconds = 60  # of a `post`; a `get` has scripts.get_timeout
    output: Annotated[int, Meta(ge=1, le=65_536)] = 64  # KiB of output that are kept, or shown
    at_once: Annotated[int, Meta(ge=1, le=64)] = 4  # commands running at the same time


class PeopleConfig(_Section, frozen=True):
    """What those who are on do with each other."""

    chat: Who = "guest"  # talk in rooms
    invisible: Who = "operator"  # need not be shown in who is on
    mailbox: Annotated[int, Meta(ge=1, le=1000)] = 40  # messages kept for one member, unread


class MembersConfig(_Section, frozen=True):
    """Who may join and how log-in is guarded."""

    registration: Literal["auto", "open", "approve", "closed"] = "auto"
    second_factor: Literal["auto", "never", "operator", "admin"] = "auto"  # the least role that must have one
    first_password_file: str = ""  # what stands in it is the first admin's, once; relative to the folder of config.toml
    min_password: Annotated[int, Meta(ge=4, le=128)] = 8
    tries: Count = 3  # wrong passwords before hanging up
    throttle_first: Seconds = 1
    throttle_most: Seconds = 30
    throttle_forget: Seconds = 900


class Thresholds(_Section, frozen=True):
    """Percent from which a figure is WARNING and CRITICAL."""

    warning: Percent = 80
    critical: Percent = 95


class WebhookConfig(_Section, frozen=True):
    """A web service that is told of changes: JSON by POST."""

    url: WebAddress = ""  # "" is none
    timeout: Annotated[float, Meta(ge=1, le=30)] = 10.0  # of one try
    token_file: str = ""  # what stands in it is sent as the bearer token; relative to the folder of config.toml


class MailConfig(_Section, frozen=True):
    """Who is told of changes by e-mail, and the server that takes it."""

    server: str = ""  # "" is none
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""  # "": nobody logs in
    password_file: str = ""  # relative to the folder of config.toml
    sender: Sender = ""  # "" is the first of `to`
    to: Annotated[tuple[MailAddress, ...], Meta(max_length=50)] = ()
    least: Literal["warning", "critical"] = "warning"  # changes to or from something less bad are left out


class HealthConfig(_Section, frozen=True):
    """Host figures and their limits."""

    interval: Annotated[float, Meta(ge=1, le=3600)] = 5.0  # seconds between samples
    public: bool = False  # guests from elsewhere see figures and names too, and not only the state
    at_once: Annotated[int, Meta(ge=1, le=64)] = 8  # checks that run at the same time
    on_change: tuple[str, ...] = ()  # a program that is run at every change people are told of
    history: MiB = 64  # of the database for performance data
    webhook: WebhookConfig = WebhookConfig()
    mail: MailConfig = MailConfig()
    cpu: Thresholds = Thresholds()
    memory: Thresholds = Thresholds(warning=85, critical=95)
    disk: Thresholds = Thresholds(warning=90, critical=95)


class CheckConfig(_Section, frozen=True):
    """One check: a program that keeps the monitoring plugins' rules, or a built-in one."""

    command: tuple[str, ...] = ()  # the program and its arguments; () is the file of that name in scripts/checks
    use: Builtin = ""  # a built-in check, in place of a program
    target: str = ""  # what it looks at
    match: str = ""  # the pattern it looks for
    warning: Limit = ""  # the range of the main figure outside of which the state is WARNING; "" is the check's own
    critical: Limit = ""
    figure: str = ""  # the label of the main figure; "" is the first
    title: str = ""  # what pages call it; "" is the check's own name
    enabled: bool = True
    interval: Annotated[float, Meta(ge=1, le=A_YEAR)] = 60.0  # seconds between two runs
    retry_interval: Annotated[float, Meta(ge=1, le=A_YEAR)] = 10.0  # the same while a state is to be confirmed
    retries: Annotated[int, Meta(ge=1, le=100)] = 3  # results in a row that confirm a state
    recovery: Annotated[int, Meta(ge=1, le=100)] = 1  # OK results in a row that confirm that it is well again
    timeout: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    requires: tuple[Name, ...] = ()  # checks that must be OK for anybody to be told of this one
    tell: Who = "operator"  # the least role that is told of a change
    quiet: Hours = ""  # in these hours, of the host's own clock, nobody is told
    runbook: str = ""  # the keyword of the script that says what to do


class HttpConfig(_Section, frozen=True):
    """/healthz and /metrics, for programs that ask over HTTP."""

    port: Port = 0  # 0 is none
    listen: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)] = ("127.0.0.1",)
    names: tuple[Name, ...] = ()  # host names it may be asked by, besides addresses and the host's own
    public: bool = False  # whether other machines are shown more than the state


class AuditConfig(_Section, frozen=True):
    """The copy of the audit outside the database."""

    file: str = ""  # relative to data.directory; "" writes none


class LogConfig(_Section, frozen=True):
    """The daemon's own log, on standard error."""

    format: Literal["auto", "text", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(_Section, frozen=True):
    """Everything; equal to config.toml as shipped."""

    server: ServerConfig = ServerConfig()
    tls: TlsConfig = TlsConfig()
    guests: GuestsConfig = GuestsConfig()
    admission: AdmissionConfig = AdmissionConfig()
    bans: BansConfig = BansConfig()
    scripts: ScriptsConfig = ScriptsConfig()
    data: DataConfig = DataConfig()
    files: FilesConfig = msgspec.field(default_factory=FilesConfig)  # a dict stands in it: each config has its own
    shell: ShellConfig = ShellConfig()
    run: RunConfig = RunConfig()
    members: MembersConfig = MembersConfig()
    people: PeopleConfig = PeopleConfig()
    health: HealthConfig = HealthConfig()
    checks: Mapping[str, CheckConfig] = msgspec.field(default_factory=dict)  # by the names the site gave them
    http: HttpConfig = HttpConfig()
    audit: AuditConfig = AuditConfig()
    log: LogConfig = LogConfig()
