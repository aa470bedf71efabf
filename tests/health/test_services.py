from __future__ import annotations

import sys
import time

from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.figures import Service
from sttelnet.health.services import parse_units, ranked, read_services, run

UNITS = b"""\
cron.service                 loaded    active   running Regular background program processing daemon
auditd.service               not-found inactive dead    auditd.service
nginx.service                loaded    failed   failed  A high performance web server
systemd-fsck@dev-vda.service loaded    active   exited  File System Check on /dev/vda
bare.service                 loaded    inactive dead
"""


def test_units_are_read_and_those_nobody_installed_left_out() -> None:
    assert parse_units(UNITS) == (
        Service("cron", "running", False, "Regular background program processing daemon"),
        Service("nginx", "failed", True, "A high performance web server"),
        Service("systemd-fsck@dev-vda", "exited", False, "File System Check on /dev/vda"),
        Service("bare", "dead", False, ""),
    )


def test_failed_services_come_first() -> None:
    assert [service.name for service in ranked(parse_units(UNITS))] == [
        "nginx",
        "bare",
        "cron",
        "systemd-fsck@dev-vda",
    ]


@given(st.binary())
def test_whatever_the_command_prints_never_raises(output: bytes) -> None:
    ranked(parse_units(output))


def test_this_hosts_services_are_told_or_there_are_none() -> None:
    services = read_services()

    assert services is None or all(service.name for service in services)


def python(code: str, seconds: float = 20, most: int = 1000) -> bytes | None:
    return run((sys.executable, "-c", code), seconds, most)


def test_a_command_gives_its_output() -> None:
    assert python("print('a b')") == b"a b" + (b"\r\n" if sys.platform == "win32" else b"\n")


def test_a_command_that_fails_or_is_not_there_gives_nothing() -> None:
    assert python("raise SystemExit(1)") is None
    assert run(("/nowhere/systemctl",), 5, 1000) is None


def test_a_command_that_hangs_is_ended() -> None:
    before = time.monotonic()

    assert python("import time; print('begun', flush=True); time.sleep(60)", seconds=0.5) is None
    assert time.monotonic() - before < 30


def test_endless_output_is_cut_at_a_line_end() -> None:
    output = python("while True: print('x' * 98)")

    assert output is not None
    assert len(output) <= 1000
    assert output.endswith(b"\n")
