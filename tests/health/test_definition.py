"""What is to be checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import pytest

from sttelnet.charset import one_line
from sttelnet.config import CheckConfig, HealthConfig
from sttelnet.config.model import Builtin
from sttelnet.health.check import restored
from sttelnet.health.definition import AT_HAND, definitions, host_checks
from sttelnet.health.probes import PROBES


def test_config_and_daemon_know_the_same_built_in_checks() -> None:
    assert set(get_args(Builtin)) == {"", *PROBES}
    assert set(AT_HAND) <= PROBES.keys()


def test_the_hosts_figures_come_first_and_the_rest_by_name(tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text("")
    found = definitions(
        {"z": CheckConfig(use="disk", target="/var")},
        tmp_path,
        tmp_path,
        host=host_checks(HealthConfig()),
        mounts=["/", "/x"],
    )
    assert list(found) == ["cpu", "memory", "disk /", "disk /x", "z", "a", "b"]


def test_a_file_of_a_figures_name_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "cpu.py").write_text("")
    found = definitions({}, tmp_path, tmp_path, host=host_checks(HealthConfig()))
    assert found["cpu"].use == ""
    assert found["cpu"].command[-1].endswith("cpu.py")


def test_a_built_in_that_is_named_goes_before_a_file_and_a_command_before_both(tmp_path: Path) -> None:
    (tmp_path / "swap.py").write_text("")
    assert definitions({"swap": CheckConfig(use="swap")}, tmp_path, tmp_path)["swap"].use == "swap"
    both = CheckConfig(use="swap", command=("true",))
    assert definitions({"swap": both}, tmp_path, tmp_path)["swap"].command == ("true",)


def test_a_figure_is_confirmed_after_a_minute_whatever_the_interval() -> None:
    assert [host_checks(HealthConfig(interval=seconds))["cpu"].retries for seconds in (1, 5, 30, 60, 3600)] == [
        60,
        12,
        2,
        1,
        1,
    ]


@pytest.mark.parametrize(
    "name", ["bad\udcff\udcfename", "new\nline +OK", "esc\x1b[31m | 'x'=9", "x" * 5000, "\u202ebidi"]
)
def test_what_files_and_disks_are_called_is_fit_for_every_screen_log_and_database(name: str, tmp_path: Path) -> None:
    if len(name) < 200 and sys.platform != "win32":  # no file can be called so there
        (tmp_path / f"{name}.sh").write_text("true\n")
    found = definitions({}, tmp_path, tmp_path, host=host_checks(HealthConfig()), mounts=[f"/{name}"])
    for definition in found.values():
        assert definition.name == one_line(definition.name)
        assert definition.title == one_line(definition.title)
        assert len(definition.name) < 120
        definition.name.encode()
    assert f"/{name}" in {definition.asked.target for definition in found.values()}  # what is looked at is as it is


def test_a_check_that_finds_a_thing_once_needs_nothing_to_confirm_it_and_never_flaps(tmp_path: Path) -> None:
    configs = {"errors": CheckConfig(use="log", target="x", match="x"), "web": CheckConfig(use="tcp", target="x:1")}
    errors, web = (restored(one, None).track for one in definitions(configs, None, tmp_path).values())
    assert (errors.retries, errors.may_flap, web.retries, web.may_flap) == (1, False, 3, True)
