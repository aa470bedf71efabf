"""/healthz: how things are as application/health+json. Pure.

draft-inadarei-api-health-check-06: `status` is pass, warn or fail, and the HTTP status 200 for the first two and 503
for the last. UNKNOWN is warn: nobody knows that it is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from sttelnet import __version__
from sttelnet.charset import one_line
from sttelnet.health import State
from sttelnet.http.response import Response
from sttelnet.http.source import Watched, distinct, figures_of

HEALTH_JSON: Final = "application/health+json"
STATUSES: Final = {State.OK: "pass", State.WARNING: "warn", State.UNKNOWN: "warn", State.CRITICAL: "fail"}


def status_only(state: State) -> Response:
    """Return the state and nothing else, for whoever is not to know more."""
    return _response(state, {"status": STATUSES[state]})


def health(state: State, watched: Sequence[Watched], host: str) -> Response:
    """Return a state, and each thing it comes from."""
    checks: dict[str, list[dict[str, Any]]] = {}
    for name, one in distinct(watched):
        checks.setdefault(_key(name), []).append(_component(name, one))
    for name, one, label, figure in figures_of(watched):
        value = {"observedValue": figure.value, "observedUnit": figure.unit} if figure.unit else {}
        entry = {**_head(name, one), "observedValue": figure.value, **value}
        checks.setdefault(f"{_key(name)}:{_key(label)}", []).append(entry)
    document = {
        "status": STATUSES[state],
        "version": __version__,
        "releaseId": __version__,
        "serviceId": one_line(host),
        "description": f"everything that is watched on {one_line(host)}",
        "checks": checks,
    }
    return _response(state, document)


def _component(name: str, one: Watched) -> dict[str, Any]:
    entry = {**_head(name, one), "state": one.state.word, "title": one_line(one.title)}
    if one.state is not State.OK:
        entry["output"] = one_line(one.text)  # "SHOULD be omitted for pass"
    if one.since is not None:
        entry["since"] = _time(one.since)
    if one.acknowledged:
        entry["acknowledged"] = True
    if one.muted:
        entry["muted"] = True
    return entry


def _head(name: str, one: Watched) -> dict[str, Any]:
    entry: dict[str, Any] = {"componentId": name, "componentType": "system", "status": STATUSES[one.state]}
    if one.ran_at is not None:
        entry["time"] = _time(one.ran_at)
    return entry


def _key(name: str) -> str:
    """Return a component's or a measurement's name: a colon stands between the two, so it has none."""
    return name.replace(":", "_")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _response(state: State, document: dict[str, Any]) -> Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if state is State.CRITICAL else HTTPStatus.OK
    return Response(status, msgspec.json.encode(document) + b"\n", HEALTH_JSON)
