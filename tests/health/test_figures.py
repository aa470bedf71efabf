from __future__ import annotations

import pytest

from sttelnet.health.figures import (
    Counters,
    Disk,
    Host,
    Process,
    Traffic,
    Usage,
    cpu_percent,
    cpu_words,
    percent_words,
    top,
    traffic,
)

GIB = 1024**3


def test_processor_load_is_the_busy_share_of_the_seconds_between_two_counts() -> None:
    before = Counters(at=0, busy=100, total=400)

    assert cpu_percent(before, Counters(at=5, busy=105, total=420)) == 25


def test_processor_load_is_missing_where_the_host_counts_nothing() -> None:
    assert cpu_percent(Counters(at=0), Counters(at=5, busy=1, total=2)) is None
    assert cpu_percent(Counters(at=0, busy=1, total=2), Counters(at=0, busy=1, total=2)) is None


def test_traffic_is_bytes_a_second() -> None:
    assert traffic(Counters(at=0, network=(100, 50)), Counters(at=5, network=(1100, 60))) == Traffic(200, 2)


def test_a_counter_that_started_anew_is_no_negative_traffic() -> None:
    assert traffic(Counters(at=0, network=(100, 50)), Counters(at=5, network=(0, 60))) == Traffic(0, 2)


def test_traffic_is_missing_where_the_host_counts_nothing() -> None:
    assert traffic(Counters(at=0), Counters(at=5, network=(1, 1))) is None


@pytest.mark.parametrize(("percent", "words"), [(0.0, "0%"), (79.9, "79%"), (80.0, "80%"), (100.0, "100%")])
def test_a_percentage_is_rounded_down_so_that_a_limit_shows_only_when_reached(percent: float, words: str) -> None:
    assert percent_words(percent) == words


def test_a_missing_percentage_says_so() -> None:
    assert percent_words(None) == "no figure"


def test_usage_is_written_as_a_share_of_the_whole() -> None:
    assert str(Usage(61.4, 0, int(31.2 * GIB))) == "61% of 31.2 GB"


def test_processor_load_is_written_with_the_number_of_cores() -> None:
    assert cpu_words(Host(cpu=23.7, cores=8)) == "23% (8 cores)"
    assert cpu_words(Host(cpu=23.7, cores=1)) == "23% (1 core)"
    assert cpu_words(Host(cpu=23.7)) == "23%"
    assert cpu_words(Host(cores=8)) == "no figure"


def test_the_fullest_disk_is_one_that_gives_a_figure() -> None:
    full = Disk("/data", Usage(91, 0, 0))
    host = Host(disks=(Disk("/", Usage(21, 0, 0)), full, Disk("/broken", None)))

    assert host.fullest() == full
    assert Host(disks=(Disk("/broken", None),)).fullest() is None


def test_processes_are_ranked_by_what_is_asked() -> None:
    busy = Process(1, "busy", "", 90.0, 1.0, 10)
    big = Process(2, "big", "", 1.0, 80.0, 1000)
    idle = Process(3, "idle", "", 0.0, 0.0, 1)

    assert top([idle, big, busy], 2, by_memory=False) == (busy, big)
    assert top([idle, big, busy], 2, by_memory=True) == (big, busy)
