"""config.toml as typed values. Pure: reading the file is the command line's work."""

from __future__ import annotations

from sttelnet.config.changes import Changes, compare
from sttelnet.config.keys import KEYS, Key
from sttelnet.config.lines import beyond_loopback, is_loopback
from sttelnet.config.load import Loaded, load_config, read_config
from sttelnet.config.model import (
    AdmissionConfig,
    AreaConfig,
    CheckConfig,
    Config,
    DataConfig,
    FilesConfig,
    GuestsConfig,
    HealthConfig,
    HttpConfig,
    LogConfig,
    MailConfig,
    MembersConfig,
    PenaltiesConfig,
    RunConfig,
    ScriptsConfig,
    ServerConfig,
    ShellConfig,
    Thresholds,
    TlsConfig,
    WebhookConfig,
)
from sttelnet.config.show import effective_toml
from sttelnet.config.startups import Startups, read_startups

__all__ = [
    "KEYS",
    "AdmissionConfig",
    "AreaConfig",
    "Changes",
    "CheckConfig",
    "Config",
    "DataConfig",
    "FilesConfig",
    "GuestsConfig",
    "HealthConfig",
    "HttpConfig",
    "Key",
    "Loaded",
    "LogConfig",
    "MailConfig",
    "MembersConfig",
    "PenaltiesConfig",
    "RunConfig",
    "ScriptsConfig",
    "ServerConfig",
    "ShellConfig",
    "Startups",
    "Thresholds",
    "TlsConfig",
    "WebhookConfig",
    "beyond_loopback",
    "compare",
    "effective_toml",
    "is_loopback",
    "load_config",
    "read_config",
    "read_startups",
]
