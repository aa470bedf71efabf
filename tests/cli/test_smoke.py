from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import PATIENCE, command, environment, write_site

LOGIN = "{% page:Title('x') %}".replace("'", '"') + "\nLog in\n{% set:STLoginID; set:STLoginPassword %}\n"
SITE = {"root": '{% key:login("l"); key:health("h") %}\nIs it all right?\n', "login": LOGIN, "health": "OK\n"}


def smoke(folder: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Return the status, and what each check came to."""
    status = main(["smoke", "--config", str(folder)])
    lines = capfd.readouterr().out.splitlines()
    return status, {line[5:18].strip(): line for line in lines[:-1]}


def test_a_site_that_works_passes_and_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, SITE)
    status, checks = smoke(tmp_path, capfd)
    assert [line[:4] for line in checks.values()] == ["PASS"] * 6, checks
    assert status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "scripts"}


def test_a_daemon_that_runs_is_not_in_its_way_and_nobody_is_told_of_anything(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told"
    program = json.dumps([sys.executable, "-c", f"open({str(told)!r}, 'a')"])
    with socket.create_server(("127.0.0.1", 0)) as theirs, socket.create_server(("127.0.0.1", 0)) as service:
        settings = (
            f"[http]\nport = {theirs.getsockname()[1]}\n"
            f'[tls]\nport = {theirs.getsockname()[1]}\ncertificate = "host.pem"\n'
            '[members]\nfirst_password_file = "secret"\n'
            f"[bans]\ncommand = {program}\n"
            f"[health]\non_change = {program}\ncpu = {{ warning = 0, critical = 0 }}\n"
            f'[health.webhook]\nurl = "http://127.0.0.1:{service.getsockname()[1]}/"\n'
            f'[health.mail]\nserver = "127.0.0.1"\nport = {service.getsockname()[1]}\nsecurity = "none"\n'
            'to = ["kim@example.org"]\n'
            f"[audit]\nfile = {json.dumps(str(tmp_path / 'audit.jsonl'))}\n"
        )
        write_site(tmp_path, SITE, settings)

        status, checks = smoke(tmp_path, capfd)

        service.setblocking(False)
        with pytest.raises(BlockingIOError):
            service.accept()
    assert status == 0, checks
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "scripts"}


def test_a_value_that_fails_fails_its_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = {"root": SITE["root"] + "{% get:Broken %}\n", "b.py": "def Broken(client):\n    return 1 / 0\n"}
    write_site(tmp_path, {**SITE, **broken})
    status, checks = smoke(tmp_path, capfd)
    assert status == 1
    assert checks["root page"].startswith("FAIL")
    assert checks["log"].startswith("FAIL")
    assert checks["right log-in"].startswith("PASS")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to one program")
def test_ctrl_c_is_status_130(tmp_path: Path) -> None:
    write_site(tmp_path, SITE)
    with subprocess.Popen(
        command("smoke"), env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()  # the first check is through: the daemon runs
        running.send_signal(signal.SIGINT)
        errors = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == 130
    assert "Traceback" not in errors


def test_a_site_of_one_page_passes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "hello\n"})
    status, checks = smoke(tmp_path, capfd)
    assert status == 0
    assert "no log-in" in checks["right log-in"]


def test_a_tree_that_cannot_be_served_is_status_78(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "{% get:"})
    assert smoke(tmp_path, capfd)[0] == 78
