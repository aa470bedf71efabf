from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import HERE, PATIENCE, lines_until, port_of, serving, write_site


async def test_the_start_says_which_config_where_to_connect_and_who_the_admin_is(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    async with serving(cwd=tmp_path) as running:
        lines = await lines_until(running, "ready in")
        assert lines[0] == "sttelnet 0.1.0  (config config.toml)"
        assert any("one-time password" in line for line in lines)
        port = int(lines[-1].partition("telnet localhost ")[2].split()[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(PATIENCE):
            assert b"hello" in await reader.readuntil(b"hello")
        writer.close()
        await writer.wait_closed()
        assert (tmp_path / "sttelnet.db").is_file()


async def test_the_first_admins_password_may_come_from_a_file_and_is_then_printed_nowhere(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "first").write_text("chosen by us 1\n")
    named = {"STTELNET_MEMBERS__FIRST_PASSWORD_FILE": str(tmp_path / "credentials" / "first")}
    async with serving(cwd=tmp_path, extra=named) as running:
        lines = await lines_until(running, "ready in")
        assert 'admin     member "sysop", one-time password  as in members.first_password_file' in lines
        assert "chosen by us" not in "\n".join(lines)
    (tmp_path / "credentials" / "first").unlink()
    async with serving(cwd=tmp_path, extra=named) as running:  # there is a member: nobody looks for it any more
        await lines_until(running, "ready in")


async def test_a_hang_up_signal_switches_config_pages_and_handlers_together_or_nothing(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGHUP")
    config, page = f"{HERE}[scripts]\nreload = false\n", '{% get:STHost("name") %}, {% get:Word %}, page '
    write_site(tmp_path, {"root": f"{page}one\n", "h.py": "def Word(client): return 'old'\n"}, config)
    named = config.replace("[scripts]", 'name = "renamed"\n[scripts]')
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        write_site(
            tmp_path, {"root": f"{page}two {{% get:Nobody %}}\n", "h.py": "def Word(client): return 'new'\n"}, named
        )
        running.send_signal(signal.SIGHUP)
        await lines_until(running, "not reloaded", log=True)
        first = await said(port, b"page one")
        assert b"renamed" not in first
        assert b", old, " in first

        write_site(tmp_path, {"root": f"{page}two\n"}, named)
        running.send_signal(signal.SIGHUP)
        await lines_until(running, "reloaded", log=True)
        assert b"renamed, new, page two" in await said(port, b"page two")


async def said(port: int, until: bytes) -> bytes:
    """Call, and return what a client reads up to some words."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.readuntil(until)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "members.first_password_file: No such file or directory"),
        ("\n", "members.first_password_file: its first line is to have 1 to 4096 printable characters of ASCII"),
        ("short\n", "members.first_password_file: That password is too short."),
    ],
)
def test_a_file_without_a_password_for_the_first_admin_is_status_78_and_makes_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str | None, fault: str
) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE + '[members]\nfirst_password_file = "first"\n')
    if text is not None:
        (tmp_path / "first").write_text(text)
    assert main(["--config", str(tmp_path)]) == 78
    assert fault in capfd.readouterr().err
    assert main(["member", "list", "--config", str(tmp_path)]) == 0
    assert "sysop" not in capfd.readouterr().out


async def test_without_a_config_the_first_line_says_so(tmp_path: Path) -> None:
    async with serving("--port", "0", "--listen", "127.0.0.1", cwd=tmp_path) as running:
        lines = await lines_until(running, "ready in")
        assert "using built-in defaults" in lines[0]
        assert (tmp_path / "sttelnet.db").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
async def test_a_stop_is_status_0(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    async with serving("serve", "--data", "var", cwd=tmp_path) as running:
        await lines_until(running, "ready in")
        running.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await running.wait() == 0


async def test_a_hang_up_signal_reads_the_config_again_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGHUP")
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    async with serving(cwd=tmp_path) as running:
        await lines_until(running, "ready in")
        for text, word in (
            (HERE + "prot = 1\n", "server.prot: unknown key"),
            (HERE + "max_sessions = 0", "server.max_sessions"),
        ):
            (tmp_path / "config.toml").write_text(text, encoding="utf-8")
            running.send_signal(signal.SIGHUP)
            await lines_until(running, word, log=True)
        assert running.returncode is None


def test_a_port_that_is_taken_is_status_69(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "hello\n"}, '[server]\nlisten = ["127.0.0.1"]\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--config", str(tmp_path), "--port", str(port)]) == 69
    error = capfd.readouterr().err
    assert f"port {port} of 127.0.0.1 is taken" in error
    assert "(" + repr("127.0.0.1") not in error


def test_a_database_that_cannot_be_used_is_status_69(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    (tmp_path / "sttelnet.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    assert main(["--config", str(tmp_path)]) == 69
    assert "sttelnet.db" in capfd.readouterr().err


@pytest.mark.parametrize("scripts", [{"news": "x"}, {"root": "{% get:"}, {"root": "x", "login": "{% get:"}])
def test_a_tree_that_cannot_be_served_is_status_78(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], scripts: dict[str, str]
) -> None:
    write_site(tmp_path, scripts, HERE)
    assert main(["--config", str(tmp_path)]) == 78
    assert capfd.readouterr().err


def test_strict_does_not_start_with_any_page_broken(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "x", "news": "{% get:"}, HERE)
    assert main(["--config", str(tmp_path), "--strict"]) == 78


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            '[server]\nlisten = ["0.0.0.0"]\n',
            ":2: server.listen: other machines reach 0.0.0.0, and whoever is on the way",
        ),
        ("[tls]\nport = 6024\n", ": tls.certificate: missing, for tls.port is set (`sttelnet cert` writes one)"),
        ('[tls]\nport = 6024\ncertificate = "c.pem"\n', "tls.certificate: {folder}/c.pem: it is not there"),
    ],
    ids=["plaintext", "no certificate", "no such file"],
)
def test_a_line_that_cannot_be_offered_is_status_78(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], config: str, words: str
) -> None:
    write_site(tmp_path, {"root": "hello"}, config)
    assert main(["--config", str(tmp_path), "--port", "0"]) == 78
    assert words.format(folder=tmp_path) in capfd.readouterr().err
