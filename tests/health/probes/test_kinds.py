from __future__ import annotations

import pytest

from sttelnet.health.probes import PROBES, Asked
from tests.health.probes.peers import sources


@pytest.mark.parametrize("name", PROBES)
def test_each_kind_says_what_it_measures_and_has_its_own_name(name: str) -> None:
    kind = PROBES[name]
    assert kind.name == name
    assert kind.figures
    assert {"target", "match"} >= set(kind.needs)
    assert all(getattr(kind, key) for key in kind.needs)


@pytest.mark.parametrize("name", PROBES)
def test_what_a_kind_does_not_have_is_told_of_and_what_it_needs_too(name: str) -> None:
    kind = PROBES[name]
    if not kind.target:
        assert kind.problem(Asked(target="x")) == f"{name} has no target: take it out"
    if not kind.match:
        assert "has no match" in kind.problem(Asked(target="x:1" if kind.target else "", match="x"))
    if "target" in kind.needs:
        assert "needs a target" in kind.problem(Asked())
    if kind.target:
        assert "NUL" in kind.problem(Asked(target="x\0", match="x" if kind.match else ""))


@pytest.mark.parametrize("name", PROBES)
def test_each_kind_makes_a_probe_without_looking(name: str) -> None:
    assert callable(PROBES[name].make(Asked(target="nowhere:1", match="x"), sources()).run)
