"""What is wrong with one value, in a sentence."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterable
from typing import Any, Final, get_args

import msgspec

from sttelnet.config.keys import Key
from sttelnet.config.startups import read_startups

_SECRET: Final = frozenset({"health.webhook.url"})  # errors go to the log
_LONGEST_SHOWN: Final = 40
# It is part of a variable's name too, and people type it.
_TABLE_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
# RFC 1123 2.1, and "_" as hosts files have it
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")


def value_fault(key: Key, value: object, *, exact: bool) -> str | None:
    """Return what is wrong with a key's value, or None. `exact`: a number in quotes is no number."""
    try:
        converted = msgspec.convert(value, key.type, strict=exact)
    except msgspec.ValidationError:
        cure = _cure(key, value)
        shown = "another (it may hold a secret, and is not shown)" if key.name in _SECRET else _show(value)
        return f"expected {key.expected}, got {shown}" + (f" ({cure})" if cure else "")
    if isinstance(converted, float) and not math.isfinite(converted):
        return f"expected {key.expected}, got {_show(value)}"
    texts = converted if isinstance(converted, tuple) else (converted,)
    if not all(text.isprintable() for text in texts if isinstance(text, str)):
        return "control characters cannot stand here"
    return _meant_fault(key, converted)


def _meant_fault(key: Key, converted: Any) -> str | None:
    """Return what is wrong with a value that has its key's form."""
    match key.name:
        case "server.listen" | "tls.listen" | "http.listen":
            return _address_fault(converted, key)
        case "admission.exempt":
            return _network_fault(converted)
        case "admission.startups":
            return _startups_fault(converted)
        case "http.names":
            return _host_fault(converted)
        case "shell.environment":
            return _variable_fault(converted)
        case _:
            return None


def name_fault(name: str) -> str | None:
    """Return what is wrong with what a site calls a table, or None."""
    if _TABLE_NAME.fullmatch(name):
        return None
    return f"expected a name of a lower-case letter and up to 31 of a-z, 0-9, _ and -, got {_show(name)}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "port"?` or "". What finds it is loaded here, where something is wrong: it costs 0.04 s."""
    from sttelnet.script.suggest import did_you_mean

    return did_you_mean(word, known)


def _cure(key: Key, value: object) -> str:
    if isinstance(value, str) and isinstance(key.default, tuple):
        return f"write [{_show(value)}]"
    if isinstance(value, str) and key.type is not str:
        return nearest(value, [word for word in get_args(key.type) if isinstance(word, str)])
    return ""


def _address_fault(addresses: tuple[str, ...], key: Key) -> str | None:
    for address in addresses:
        if addresses.count(address) > 1:
            return f'"{address}" stands there twice'
        if not (_is_ip(address) or _HOST_NAME.fullmatch(address)):
            port = key.name.replace(".listen", ".port")
            return f'"{address}" is neither an address nor a host name (the port is {port})'
    return None


def _host_fault(names: tuple[str, ...]) -> str | None:
    wrong = next((name for name in names if not _HOST_NAME.fullmatch(name)), None)
    return None if wrong is None else f"expected a host name without a port, got {_show(wrong)}"


def _variable_fault(variables: tuple[str, ...]) -> str | None:
    wrong = next((variable for variable in variables if not _VARIABLE.fullmatch(variable)), None)
    return None if wrong is None else f'expected "NAME=value", got {_show(wrong)}'


def _network_fault(networks: tuple[str, ...]) -> str | None:
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            return f'expected an address or a network as "192.0.2.0/24", got {_show(network)}'
    return None


def _startups_fault(text: str) -> str | None:
    found = read_startups(text)
    if found is None or (1 <= found.start <= found.full and 1 <= found.rate <= 100):
        return None
    return f"expected start:rate:full with 1 <= start <= full and a rate from 1 to 100, got {_show(text)}"


def _is_ip(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _show(value: object) -> str:
    match value:
        case bool():
            shown = str(value).lower()
        case str():
            shown = msgspec.json.encode(value.encode("utf-8", "replace").decode()).decode()
        case dict():
            shown = "a table"
        case int() if value.bit_length() > 200:  # Python refuses to write out an int of 5,000 digits
            shown = "a larger one"
        case list():
            shown = "[" + ", ".join(_show(item) for item in value[:_LONGEST_SHOWN]) + "]"
        case _:
            shown = str(value)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"
