from __future__ import annotations

import pytest

from sttelnet.charset import Charset
from sttelnet.shell.environment import Account, default_command, environment, term

ANN = Account("ann", "/home/ann", "/bin/bash")
DAEMON = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/root",
    "TZ": "Europe/Berlin",
    "LD_PRELOAD": "/tmp/evil.so",
    "STTELNET_SERVER__PORT": "6023",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "PYTHONPATH": "/opt",
}


def test_a_program_gets_the_fixed_list_and_nothing_else_of_the_daemon_s() -> None:
    assert environment(DAEMON, ANN, "xterm") == {
        "PATH": "/usr/bin:/bin",
        "TZ": "Europe/Berlin",
        "HOME": "/home/ann",
        "USER": "ann",
        "LOGNAME": "ann",
        "SHELL": "/bin/bash",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
    }


def test_a_daemon_without_a_path_leaves_its_programs_one() -> None:
    assert "/usr/bin" in environment({}, ANN, "xterm")["PATH"].split(":")


def test_what_the_site_adds_stands_above_the_list() -> None:
    made = environment(DAEMON, ANN, "xterm", ["EDITOR=nano -w", "LANG=de_DE.UTF-8", "EMPTY="])
    assert (made["EDITOR"], made["LANG"], made["EMPTY"]) == ("nano -w", "de_DE.UTF-8", "")


def test_windows_gets_what_its_programs_need_and_no_unix_names() -> None:
    daemon = {"SYSTEMROOT": r"C:\Windows", "COMSPEC": r"C:\Windows\system32\cmd.exe", "SECRET": "x", "PATH": r"C:\W"}
    assert environment(daemon, None, "xterm") == {
        "SystemRoot": r"C:\Windows",
        "ComSpec": r"C:\Windows\system32\cmd.exe",
        "PATH": r"C:\W",
    }


@pytest.mark.parametrize("kind", ["xterm-256color", "putty", "linux", "vt220", "screen.xterm-256color", "ansi"])
def test_a_known_kind_of_terminal_is_told_to_the_program(kind: str) -> None:
    assert term(kind, Charset.UTF_8, {kind}.__contains__, plain=False) == kind


@pytest.mark.parametrize("kind", ["", "syncterm", "../../etc/passwd", "xterm;reboot", "xterm\n", "a" * 100])
def test_any_other_counts_as_what_its_charset_says(kind: str) -> None:
    assert term(kind, Charset.CP437, lambda name: True, plain=False) == "ansi"
    assert term(kind, Charset.UTF_8, lambda name: True, plain=False) == "xterm"


def test_a_kind_that_this_host_does_not_know_is_not_told() -> None:
    assert term("xterm-of-mine", Charset.UTF_8, lambda name: False, plain=False) == "xterm"


def test_a_client_without_cursor_control_is_dumb() -> None:
    assert term("dumb", Charset.ASCII, lambda name: True, plain=True) == "dumb"


def test_line_drawing_comes_as_characters_where_a_terminal_s_own_is_cp437() -> None:
    assert environment({}, ANN, "ansi")["NCURSES_NO_UTF8_ACS"] == "1"
    assert "NCURSES_NO_UTF8_ACS" not in environment({}, ANN, "xterm")


def test_the_log_in_shell_of_the_user_is_started_and_cmd_exe_on_windows() -> None:
    assert default_command(ANN, {}) == ("/bin/bash", "-l")
    assert default_command(None, {"COMSPEC": r"C:\Windows\system32\cmd.exe"}) == (r"C:\Windows\system32\cmd.exe",)
    assert default_command(None, {}) == ("cmd.exe",)
