"""What is to be checked."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from sttelnet.config import CheckConfig, HealthConfig
from sttelnet.config.model import Builtin
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
