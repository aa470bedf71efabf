"""Secrets from the folder a service manager hands over, as docs/deploying.md has it done."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from sttelnet.cli import COMMANDS, main
from sttelnet.cli.unit import systemd
from sttelnet.config.keys import KEYS
from tests.certificates import issue, needs_openssl
from tests.cli.running import HERE, lines_until, serving, write_site
from tests.cli.test_service import service
from tests.daemon import free_port

DOCS = Path(__file__).parents[2] / "docs"


def drop_in() -> str:
    """Return the change to the unit that the docs show."""
    blocks = re.findall(
        r"^```ini\n(.*?)^```$", (DOCS / "deploying.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    (text,) = [block for block in blocks if "LoadCredential" in block]
    return str(text)


def environment_in(text: str, folder: Path) -> dict[str, str]:
    """Return the variables a unit sets, with the folder of its credentials in place."""
    return dict(re.findall(r"^Environment=(\w+)=(.*)$", text.replace("%d", str(folder)), re.MULTILINE))


def test_what_it_sets_are_keys_there_are_and_credentials_that_are_loaded(tmp_path: Path) -> None:
    loaded = {f"{tmp_path}/{name}" for name in re.findall(r"^LoadCredential=(\w+):", drop_in(), re.MULTILINE)}
    found = environment_in(drop_in(), tmp_path)
    assert found.keys() <= {key.variable for key in KEYS.values()}
    assert set(found.values()) == loaded


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_it(tmp_path: Path) -> None:
    unit = tmp_path / "sttelnet.service"
    unit.write_text(systemd(service(python=Path(sys.executable), config=tmp_path / "config.toml", data=tmp_path)))
    (tmp_path / "sttelnet.service.d").mkdir()
    for content, fine in ((drop_in(), True), (drop_in().replace("key:/etc", "key:etc"), False)):
        (tmp_path / "sttelnet.service.d" / "override.conf").write_text(content)
        found = subprocess.run(
            ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=30, check=False
        )
        assert ("override.conf" not in found.stderr) is fine, found.stderr


@needs_openssl
async def test_a_daemon_takes_its_secrets_from_that_folder(tmp_path: Path) -> None:
    pair, folder = issue(tmp_path, "localhost"), tmp_path / "credentials"
    folder.mkdir()
    shutil.copy(pair.certificate, folder / "certificate")
    shutil.copy(pair.key, folder / "key")
    (folder / "admin").write_text("the first password\n")
    (folder / "mail").write_text("another\n")
    for path in folder.iterdir():
        path.chmod(0o400)
    port = free_port()
    write_site(tmp_path / "site", {"root": "hello\n"}, f'{HERE}[tls]\nlisten = ["127.0.0.1"]\nport = {port}\n')
    async with serving(cwd=tmp_path / "site", extra=environment_in(drop_in(), folder)) as running:
        lines = await lines_until(running, "ready in")
        assert any("as in members.first_password_file" in line for line in lines)
        await _call(port, pair.trusting())


async def _call(port: int, context: ssl.SSLContext) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    await reader.readuntil(b"hello")
    writer.close()


def test_no_key_of_the_config_is_a_secret_itself() -> None:
    secret = [key for key in KEYS if re.search(r"password|token|secret", key.rpartition(".")[2])]
    assert [key for key in secret if not key.endswith("_file")] == ["members.min_password"]


@pytest.mark.parametrize("command", [*COMMANDS, *(f"member {action}" for action in ("add", "passwd", "token"))])
def test_no_option_of_a_command_is_a_secret_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    options = re.findall(r"--[a-z-]*(?:password|token|secret)[a-z-]*", capsys.readouterr().out)
    assert [option for option in options if not option.endswith("-file")] == []
