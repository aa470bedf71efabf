from __future__ import annotations

import contextlib
import errno
import io
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet import logs
from sttelnet.config import LogConfig
from sttelnet.logs import waiting
from sttelnet.logs.forms import LONGEST_TEXT

Form = Literal["auto", "text", "json"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def logged(words: str, /, *arguments: object, form: Form = "text", **fields: Any) -> str:
    """Return what one event of session 7 leaves on the stream."""
    out = io.StringIO()
    with logs.running(LogConfig(format=form), out, {}):
        logs.session_logger(7, "10.0.0.5").info(words, *arguments, **fields)
    return out.getvalue()


def formatted(formatter: logging.Formatter, message: str, level: int = logging.INFO, **extra: object) -> str:
    record = logging.LogRecord("sttelnet.test", level, "x.py", 1, message, None, None)
    record.__dict__.update(extra)
    return formatter.format(record)


def test_an_event_is_one_line_of_words_and_fields() -> None:
    line = logged("logged in after %d tries", 2, member="ann")
    assert line.endswith(" INFO    logged in after 2 tries session=7 peer=10.0.0.5 member=ann\n")
    assert line.count("\n") == 1


def test_json_is_one_object_on_a_line() -> None:
    event = json.loads(logged("logged in", form="json", member="ann", tries=2, ok=True))
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "info",
        "logger": "sttelnet.session",
        "event": "logged in",
        "session": 7,
        "peer": "10.0.0.5",
        "member": "ann",
        "tries": 2,
        "ok": True,
    }


def test_a_field_may_have_any_name() -> None:
    event = json.loads(logged("renamed", form="json", name="ann", event="x", args=1))
    assert (event["name"], event["event"], event["event_"], event["args"]) == ("ann", "renamed", "x", 1)


def test_a_plain_logger_is_heard_too_and_its_extra_are_fields() -> None:
    out = io.StringIO()
    with logs.running(LogConfig(), out, {}):
        logging.getLogger("elsewhere").warning("seen %s", "it", extra={"count": 3})
    assert out.getvalue().endswith(" WARNING seen it count=3\n")


def test_a_module_has_a_log_without_a_session() -> None:
    out = io.StringIO()
    with logs.running(LogConfig(), out, {}):
        logs.event_logger("sttelnet.tree").info("reloaded", scripts=3)
    assert out.getvalue().endswith(" INFO    reloaded scripts=3\n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', '"say \\"x\\""'),
        ("line\nINFO forged", '"line\\nINFO forged"'),
        ("\x1b[31mred", '"\\x1b[31mred"'),
        ("\u202egnp", '"\\u202egnp"'),
        ("\x9b2J", '"\\x9b2J"'),
        ("ünï", "ünï"),
        (3.5, "3.5"),
        (None, "None"),
    ],
)
def test_a_field_cannot_break_out_of_its_place(value: object, shown: str) -> None:
    assert logged("event", field=value).endswith(f" field={shown}\n")


def test_words_cannot_make_a_line_of_their_own() -> None:
    assert "got x\\nINFO forged" in logged("got %s", "x\nINFO forged")


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text())
def test_whatever_is_logged_stays_on_one_printable_line(words: str, value: str) -> None:
    for formatter in (logs.TextFormatter(), logs.JsonFormatter()):
        line = formatted(formatter, words.replace("%", ""), fields={"field": value})
        assert line.isprintable()


def test_long_texts_are_cut() -> None:
    line = logged("x" * 5000, field="y" * 5000)
    assert len(line) < 2 * LONGEST_TEXT + 200


def test_an_object_that_cannot_be_shown_does_not_silence_its_line() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    assert 'field="<Broken: RuntimeError>"' in logged("event", field=Broken())


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_cannot_forge_a_line(form: Form) -> None:
    out = io.StringIO()
    with logs.running(LogConfig(format=form), out, {}):
        try:
            raise ValueError("bad\n2026-01-01 INFO forged \x1b[2J")
        except ValueError:
            logs.session_logger(1, "::1").exception("handler failed", handler="STBad")
    first, *rest = out.getvalue().splitlines()
    assert "\x1b" not in out.getvalue()
    assert "handler failed" in first
    assert all(line.startswith("    | ") for line in rest)
    if form == "json":
        assert "ValueError: bad\n" in json.loads(first)["traceback"]


# -- the form that suits the stream


def test_a_terminal_has_the_time_of_day_only() -> None:
    out = Terminal()
    with logs.running(LogConfig(), out, {}):
        logging.getLogger("x").info("hello")
    time, rest = out.getvalue().split(" ", 1)
    assert len(time) == len("04:31:02")
    assert rest == "INFO    hello\n"


def test_the_journal_is_given_the_level_in_front_of_every_line(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        facts = os.fstat(stream.fileno())
        journal = {"JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"}
        formatter = logs.formatter(LogConfig(), stream, journal)
        assert formatted(formatter, "down", logging.ERROR) == "<3>ERROR down"
        assert formatted(formatter, "x", logging.INFO, exc_text="Traceback\nValueError") == (
            "<6>INFO x\n<6>    | Traceback\n<6>    | ValueError"
        )
        assert isinstance(logs.formatter(LogConfig(format="json"), stream, journal), logs.JsonFormatter)


def test_a_stream_that_is_not_the_journal_is_not_taken_for_it(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w", encoding="utf-8") as stream:
        for journal in ("1:2", "", "nonsense"):
            formatter = logs.formatter(LogConfig(), stream, {"JOURNAL_STREAM": journal})
            assert not formatted(formatter, "x").startswith("<")
    assert not formatted(logs.formatter(LogConfig(), io.StringIO(), {"JOURNAL_STREAM": "1:2"}), "x").startswith("<")


# -- levels


def test_only_the_level_asked_for_and_worse_is_logged() -> None:
    out = io.StringIO()
    with logs.running(LogConfig(level="warning"), out, {}):
        logging.getLogger("x").info("quiet")
        logging.getLogger("x").warning("loud")
        logs.set_level("error")
        logging.getLogger("x").warning("too quiet now")
    assert [line.split()[-1] for line in out.getvalue().splitlines()] == ["loud"]


def test_what_a_library_says_of_keys_and_rows_is_not_logged_at_any_level() -> None:
    out = io.StringIO()
    with logs.running(LogConfig(level="debug"), out, {}):
        logging.getLogger("telnetlib3.stream_writer").debug("recv hunter2")
        logging.getLogger("aiosqlite").debug("executing hunter2")
    assert out.getvalue() == ""


def test_afterwards_logging_is_as_it_was() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    with logs.running(LogConfig(level="debug"), io.StringIO(), {}):
        pass
    assert (root.level, list(root.handlers)) == before


# -- the newest events, in memory


def test_arguments_that_do_not_fit_their_words_do_not_stop_whoever_logs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own raise
    with logs.running(LogConfig(), io.StringIO(), {}):
        logging.getLogger("x").info("%d tries", "many")
        logging.getLogger("x").info("next")
        assert [event.text for event in logs.RECENT.events()] == ["next"]
    assert "many" in capsys.readouterr().err


def test_the_newest_events_are_there_while_a_disk_hangs_and_a_traceback_behind_it() -> None:
    out = Stuck()
    with logs.running(LogConfig(), out, {}):
        logging.getLogger("x").info("first")
        assert out.writing.wait(10)
        try:
            raise ValueError("bad \x1b[2J")
        except ValueError:
            logging.getLogger("x").exception("second")
        first, second = logs.RECENT.events()
        assert (first.number, first.text, first.trace) == (1, "first", ())
        assert (second.number, second.text, second.trace) == (2, "second", ("ValueError: bad \\x1b[2J",))
        out.let_through.set()


def test_the_whole_traceback_is_kept_once_it_is_written_and_is_no_field_of_the_event() -> None:
    out = Stuck()
    with logs.running(LogConfig(), out, {}):
        try:
            raise ValueError("bad")
        except ValueError:
            logging.getLogger("x").exception("it failed")
        assert out.writing.wait(10)
        [event] = logs.RECENT.events()
        out.let_through.set()
    assert event.trace[0] == "Traceback (most recent call last):"
    assert event.trace[-1] == "ValueError: bad"
    assert out.getvalue().splitlines()[0].endswith(" ERROR   it failed")


def test_nothing_is_kept_while_nothing_is_logged() -> None:
    with logs.running(LogConfig(), io.StringIO(), {}):
        logging.getLogger("x").warning("seen")
        assert logs.RECENT.warnings == 1
    logging.getLogger("x").warning("unseen")
    assert logs.RECENT.events() == []
    assert logs.RECENT.warnings == 0


def test_no_event_of_several_threads_is_lost() -> None:
    def work(name: str) -> None:
        for number in range(100):
            logging.getLogger("x").error("%s %d", name, number)

    with logs.running(LogConfig(), io.StringIO(), {}):
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = logs.RECENT.events()
        assert logs.RECENT.errors == 400
    assert [event.number for event in events] == list(range(1, 401))
    assert {event.text for event in events} == {f"{name} {number}" for name in "abcd" for number in range(100)}


# -- a slow disk


class Stuck(io.StringIO):
    """A stream whose writes wait until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = threading.Event()
        self.let_through = threading.Event()

    def write(self, text: str) -> int:
        self.writing.set()
        self.let_through.wait(10)
        return super().write(text)


def test_a_disk_that_hangs_neither_blocks_nor_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "QUEUE_LENGTH", 10)
    out = Stuck()
    with logs.running(LogConfig(), out, {}):
        log = logging.getLogger("x")
        log.info("first")
        assert out.writing.wait(10)
        for number in range(50):
            log.info("event %d", number)
        out.let_through.set()
    lines = out.getvalue().splitlines()
    assert len(lines) == 12
    assert any("events dropped count=40" in line for line in lines)


def test_the_end_does_not_wait_for_a_disk_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STOP_TIMEOUT", 0.05)
    out = Stuck()
    with logs.running(LogConfig(), out, {}):
        logging.getLogger("x").info("first")
        assert out.writing.wait(10)
    out.let_through.set()


class FullDisk(io.StringIO):
    """A stream whose disk is full as long as it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.room = 7  # characters that still find room then
        self.refused = threading.Semaphore(0)

    def write(self, text: str) -> int:
        if self.full:
            self.room -= super().write(text[: self.room])
            self.refused.release()
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_what_a_full_disk_does_not_take_is_counted_and_told_once_there_is_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = FullDisk()
    with logs.running(LogConfig(), out, {}):
        log = logs.event_logger("sttelnet.test")
        out.full = True
        for number in range(3):
            log.info("lost %d", number)
        for _ in range(3):
            assert out.refused.acquire(timeout=10)
        out.full = False
        log.info("written")
    torn, first, second = out.getvalue().splitlines()
    assert len(torn) == 7
    assert first.endswith("INFO    written")
    assert second.endswith("WARNING events dropped count=3")
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_gone_ends_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = open(writing, "w", buffering=1)  # noqa: SIM115 - closing it fails
    with logs.running(LogConfig(), stream, {}):
        for number in range(50):
            logs.event_logger("sttelnet.test").info("nobody hears %d", number)
        assert len(logs.RECENT.events()) == 50
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def test_a_fault_of_the_forms_own_is_still_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> str:
        raise LookupError("a bug")

    monkeypatch.setattr(logs.TextFormatter, "format", fail)
    with logs.running(LogConfig(), io.StringIO(), {}):
        logs.event_logger("sttelnet.test").info("x")
    assert "LookupError: a bug" in capsys.readouterr().err
