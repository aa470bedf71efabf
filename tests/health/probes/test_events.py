from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.probes.events import MOST_EVENTS, Event, EventsProbe, judged_events, query, read_events
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked

# What `wevtutil qe System /f:xml` prints.
SYSTEM = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Service Control Manager' Guid='{555908d1-a6d7-4695-8e1e-26931d2012f4}'"
    " EventSourceName='Service Control Manager'/><EventID Qualifiers='49152'>7000</EventID><Version>0</Version>"
    "<Level>2</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8080000000000000</Keywords>"
    "<TimeCreated SystemTime='2026-03-01T12:34:56.7891234Z'/><EventRecordID>4711</EventRecordID><Correlation/>"
    "<Execution ProcessID='700' ThreadID='1234'/><Channel>System</Channel><Computer>HOST</Computer><Security/>"
    "</System><EventData><Data Name='param1'>Print Spooler</Data><Data Name='param2'>%%2</Data>"
    "<Binary>530070006F006F006C00650072000000</Binary></EventData></Event>"
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Kernel-Power' Guid='{331c3b3a-2005-44c2-ac5e-77220c37d6b4}'/>"
    "<EventID>41</EventID><Version>9</Version><Level>1</Level><Task>63</Task><Opcode>0</Opcode>"
    "<Keywords>0x8000400000000002</Keywords><TimeCreated SystemTime='2026-03-01T12:00:00.0000000Z'/>"
    "<EventRecordID>4700</EventRecordID><Channel>System</Channel><Computer>HOST</Computer>"
    "<Security UserID='S-1-5-18'/></System><EventData></EventData></Event>\r\n"
)
APPLICATION = (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    '<Provider Name="A &amp; B"/><EventID Qualifiers="0">1000</EventID><Level>2</Level>'
    '<TimeCreated SystemTime="2026-03-01T13:00:00Z"/></System></Event>'
)


def test_what_wevtutil_prints_is_read() -> None:
    assert read_events(SYSTEM) == [
        Event("2026-03-01T12:34:56", "Service Control Manager", 7000),
        Event("2026-03-01T12:00:00", "Microsoft-Windows-Kernel-Power", 41),
    ]
    assert read_events(APPLICATION) == [Event("2026-03-01T13:00:00", "A & B", 1000)]


def test_output_that_is_cut_off_or_none_loses_only_what_is_cut() -> None:
    assert len(read_events(SYSTEM + APPLICATION[:200])) == 2
    assert read_events("") == []
    assert read_events("<Event>" * 1000 + "</Event>" * 1000) == []


@given(st.text())
def test_any_output_is_read(output: str) -> None:
    read_events(output + SYSTEM + output)


def test_errors_are_counted_and_the_last_is_named() -> None:
    asked = Asked(warning=Range(0, 0))
    result = judged_events(asked, [*read_events(SYSTEM), Event("2026-03-02T00:00:00", "evil\x1b[2J", 1)])
    assert (result.state, result.text) == (State.WARNING, "3 errors, the last: evil[2J 1")
    assert result.further.splitlines()[1] == "2026-03-01 12:34:56 Service Control Manager 7000"
    assert (judged_events(asked, []).state, judged_events(asked, []).text) == (State.OK, "no error")
    many = judged_events(asked, [Event("", "x", 1)] * MOST_EVENTS)
    assert many.text == "100 errors or more, the last: x 1"


def test_a_time_is_asked_for_from_an_end_to_an_end() -> None:
    command = query("System", 0.25, 86_400.5)
    assert command[:3] == ("wevtutil", "qe", "System")
    assert "@SystemTime>='1970-01-01T00:00:00.250Z' and @SystemTime<'1970-01-02T00:00:00.500Z'" in command[3]


@pytest.mark.skipif(sys.platform == "win32", reason="a program of sh")
async def test_each_log_is_asked_and_the_source_matched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "wevtutil"
    program.write_text(f"#!/bin/sh\n[ $2 = Gone ] && exit 15\ncat <<'X'\n{SYSTEM}X\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    limits = Asked(target="System,Application", warning=Range(0, 0))
    assert (await EventsProbe(limits)._run()).text.startswith("4 errors")
    assert (await EventsProbe(replace(limits, match="(?i)^service"))._run()).text.startswith("2 errors")
    result = await EventsProbe(replace(limits, target="Gone"))._run()
    assert (result.state, result.text) == (State.UNKNOWN, "Gone: (no output) (exit status 15)")


@pytest.mark.skipif(sys.platform == "win32", reason="says what other systems say")
async def test_elsewhere_there_are_none() -> None:
    result = await looked("events", Asked())
    assert (result.state, result.text) == (State.UNKNOWN, "only Windows has event logs")


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has event logs")
async def test_windows_is_asked() -> None:
    result = await looked("events", Asked(warning=Range(0, 1000)))
    assert result.state is State.OK


@pytest.mark.parametrize("target", ["/q:x", "-x", "a,b,c,d,e,f,g,h,i", "a<b", ","])
def test_bad_names_of_logs_are_told_of(target: str) -> None:
    assert PROBES["events"].problem(Asked(target=target))
