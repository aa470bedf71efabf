from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from sttelnet.health.host import (
    HostReader,
    ProcessReader,
    ask,
    read_disks,
    read_inodes,
    read_running,
    read_usage,
)


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_this_host_gives_its_figures() -> None:
    host = HostReader().figures()

    assert host.name
    assert host.os
    assert host.cpu is not None
    assert 0 <= host.cpu <= 100
    assert host.cores == os.cpu_count()
    assert host.memory is not None
    assert 0 < host.memory.percent <= 100
    assert 0 < host.memory.used < host.memory.total
    assert host.swap is not None
    assert host.processes
    assert host.boot is not None
    assert host.boot < time.time()
    assert host.load is None or len(host.load) == 3
    assert host.network is None or min(host.network.received, host.network.sent) >= 0


def test_the_load_of_the_processor_is_seen() -> None:
    reader = HostReader()
    reader.figures()

    burn(0.3)

    cpu = reader.figures().cpu
    assert cpu is not None
    assert cpu > 0


def test_this_host_has_real_disks_each_once() -> None:
    disks = read_disks()

    assert disks
    assert len({disk.mount for disk in disks}) == len(disks)
    assert any(disk.usage and disk.usage.total > 0 for disk in disks)


def test_this_process_is_among_the_busiest_and_has_a_user() -> None:
    reader = ProcessReader()
    reader.table()
    burn(0.3)

    table = reader.table()

    mine = next(process for process in table.by_cpu if process.pid == os.getpid())
    assert mine.cpu > 0
    assert mine.memory > 0
    assert mine.resident > 1024**2
    assert mine.user == psutil.Process().username()
    cpu = [process.cpu for process in table.by_cpu]
    assert cpu == sorted(cpu, reverse=True)
    resident = [process.resident for process in table.by_memory]
    assert resident == sorted(resident, reverse=True)


@pytest.mark.parametrize(
    "error",
    [
        psutil.AccessDenied(1),
        psutil.NoSuchProcess(1),
        NotImplementedError(),
        PermissionError(),
        RuntimeError("btime"),
    ],
)
def test_a_figure_the_host_refuses_is_none(error: Exception) -> None:
    def refuse() -> int:
        raise error

    assert ask(refuse) is None


@pytest.mark.skipif(sys.platform != "linux", reason="psutil reads /proc on Linux only")
def test_a_host_without_proc_gives_fewer_figures_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))

    host = HostReader().figures()

    assert host.name
    assert host.cpu is None
    assert host.memory is None
    assert host.network is None
    assert [disk.mount for disk in read_disks()] == ["/"]
    assert ProcessReader().table().by_cpu == ()


def test_one_sample_costs_next_to_nothing() -> None:
    reader = HostReader()
    reader.figures()

    before = time.process_time()
    for _ in range(20):
        reader.figures()
        read_disks()

    # Measured below 1 ms; 50 ms would be 1 % of a core at the shortest usual interval of five seconds.
    assert (time.process_time() - before) / 20 < 0.05


def test_processes_are_found_by_their_name_with_their_command_lines() -> None:
    name = psutil.Process().name()

    running = read_running(name, commands=True)

    assert running is not None
    mine = next(process for process in running if process.pid == os.getpid())
    assert mine.name == name
    assert mine.command
    assert mine.resident > 1024**2
    assert read_running("no-such-program", commands=True) == ()
    assert all(not process.command for process in read_running("", commands=False) or ())


def test_a_folder_s_disk_has_its_figures(tmp_path: Path) -> None:
    usage = read_usage(str(tmp_path))

    assert usage is not None
    assert 0 < usage.used <= usage.total
    inodes = read_inodes(str(tmp_path))
    assert inodes is None or 0 <= inodes <= 100
    assert read_usage(str(tmp_path / "nothing")) is None
    assert read_inodes(str(tmp_path / "nothing")) is None
