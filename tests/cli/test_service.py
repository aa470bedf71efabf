from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.cli.installed import Service
from sttelnet.cli.unit import WATCHDOG, systemd
from sttelnet.cli.winsw import winsw
from sttelnet.config import Config
from tests.cli.running import write_site
from tests.daemon import config_with


def unit_of(text: str) -> dict[str, list[str]]:
    """Return a unit's assignments: every value of each name."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, is_one, value = line.partition("=")
        if is_one and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def service(**changed: object) -> Service:
    values: dict[str, object] = {
        "python": Path("/opt/sttelnet/bin/python"),
        "base": Path("/usr/bin/python3.11"),
        "config": Path("/etc/sttelnet/config.toml"),
        "data": Path("/var/lib/sttelnet"),
        "folders": (),
        "user": "sttelnet",
        "settings": Config(),
        **changed,
    }
    return Service(**values)  # type: ignore[arg-type]  # what a test changes fits


posix = pytest.mark.skipif(sys.platform == "win32", reason="these paths are no absolute ones on Windows")


@posix
def test_the_unit_names_this_python_the_config_the_data_and_the_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_site(tmp_path, {"root": "hello\n"})
    assert main(["service", "print", "--kind", "systemd", "--config", str(site), "--user", "kim"]) == 0
    unit = unit_of(capsys.readouterr().out)
    assert unit["ExecStart"] == [
        f"{sys.executable} -P -m sttelnet serve --config {tmp_path}/config.toml --data {tmp_path}"
    ]
    assert unit["User"] == ["kim"]
    assert unit["WorkingDirectory"] == [str(tmp_path)]
    assert unit["ReadWritePaths"][0] == str(tmp_path)


def test_a_broken_config_prints_no_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_site(tmp_path, {"root": "hello\n"}, "[server]\nprot = 1\n")
    assert main(["service", "print", "--config", str(site)]) == 78
    assert capsys.readouterr().out == ""


@posix
def test_the_unit_notifies_reloads_is_watched_and_is_not_started_again_for_nothing() -> None:
    unit = unit_of(systemd(service(settings=config_with(server={"drain_timeout": 30.5}))))
    assert unit["Type"] == ["notify"]
    assert unit["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert unit["WatchdogSec"] == [str(WATCHDOG)]
    assert unit["TimeoutStopSec"] == ["51"]
    assert unit["RestartPreventExitStatus"] == ["2 78"]


@posix
def test_the_watchdog_of_the_manager_waits_longer_than_the_daemons_own() -> None:
    unit = unit_of(systemd(service(settings=config_with(server={"stall_timeout": 100.0}))))
    assert unit["WatchdogSec"] == ["110"]


@posix
def test_the_daemon_may_write_to_its_own_folders_only() -> None:
    unit = unit_of(systemd(service(folders=(Path("/srv/files"),))))
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["ProtectHome"] == ["yes"]
    assert unit["StateDirectory"] == ["sttelnet"]
    assert unit["ReadWritePaths"] == ["-/srv/files"]
    assert unit["CapabilityBoundingSet"] == [""]
    elsewhere = unit_of(systemd(service(data=Path("/srv/box"))))
    assert elsewhere["ReadWritePaths"] == ["/srv/box"]
    assert "StateDirectory" not in elsewhere


@posix
def test_a_site_in_a_home_or_in_tmp_stays_visible() -> None:
    at_home = unit_of(systemd(service(config=Path("/home/kim/box/config.toml"))))
    assert at_home["ProtectHome"] == ["read-only"]
    assert "PrivateTmp" in at_home
    assert "PrivateTmp" not in unit_of(systemd(service(data=Path("/tmp/box"))))
    assert unit_of(systemd(service(base=Path("/root/python"))))["ProtectHome"] == ["read-only"]


@posix
def test_a_port_below_1024_needs_one_capability() -> None:
    unit = unit_of(systemd(service(settings=config_with(server={"port": 23}))))
    assert unit["AmbientCapabilities"] == unit["CapabilityBoundingSet"] == ["CAP_NET_BIND_SERVICE"]


def test_the_unit_says_what_the_shell_needs() -> None:
    text = systemd(service(settings=config_with(shell={"enabled": True})))
    assert "# Enabled in this site: shell." in text
    assert "sudo and su in that shell" in text


@posix
def test_no_path_breaks_out_of_its_line() -> None:
    odd = Path('/srv/a b%c$d"e\\f\nUser=root')
    text = systemd(service(config=odd / "config.toml", data=odd))
    unit = unit_of(text)
    assert unit["User"] == ["sttelnet"]
    assert '"/srv/a b%%c$$d\\"e\\\\f\\x0aUser=root/config.toml"' in unit["ExecStart"][0]
    assert unit["ReadWritePaths"] == ['"/srv/a b%%c$d\\"e\\\\f\\x0aUser=root"']


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("folder", ["box", "a box%s$HOME"])
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path, folder: str) -> None:
    site = tmp_path / folder
    site.mkdir()
    unit = tmp_path / "sttelnet.service"
    text = systemd(service(python=Path(sys.executable), config=site / "config.toml", data=site))
    for content, fine in ((text, True), (text.replace("ProtectSystem=strict", "ProtectSystem=no such"), False)):
        unit.write_text(content)
        found = subprocess.run(
            ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=30, check=False
        )
        assert (found.returncode == 0 and "sttelnet.service" not in found.stderr) is fine, found.stderr


def test_the_xml_of_winsw_names_the_same() -> None:
    python, config, data = Path("C:/py/python.exe"), Path("C:/my box/<a>&b/config.toml"), Path("C:/box--data")
    root = ET.fromstring(winsw(service(python=python, config=config, data=data, user="")))
    assert root.findtext("executable") == str(python)
    assert root.findtext("arguments") == f'-P -m sttelnet serve --config "{config}" --data {data}'
    assert root.findtext("workingdirectory") == str(config.parent)
    assert root.findtext("serviceaccount/user") == "LocalService"
    assert root.findtext("stoptimeout") == "30 sec"


def test_an_account_of_a_domain_is_told_apart_for_winsw() -> None:
    root = ET.fromstring(winsw(service(user="HERE\\kim")))
    assert (root.findtext("serviceaccount/domain"), root.findtext("serviceaccount/user")) == ("HERE", "kim")
    local = ET.fromstring(winsw(service(user="kim")))
    assert (local.find("serviceaccount/domain"), local.findtext("serviceaccount/user")) == (None, "kim")


@pytest.mark.parametrize(
    ("user", "account"), [("", "NT AUTHORITY\\LocalService"), ("HERE\\kim", "HERE\\kim"), ("kim", ".\\kim")]
)
def test_version_3_of_winsw_finds_the_account_too_and_does_not_take_the_one_that_may_all(
    user: str, account: str
) -> None:
    assert ET.fromstring(winsw(service(user=user))).findtext("serviceaccount/username") == account


# What doc/xmlConfigFile.md and doc/loggingAndErrorReporting.md of WinSW 2 have, and docs/xml-config-file.md of 3.
DOCUMENTED = {
    "service": {
        *("id", "name", "description", "executable", "arguments", "workingdirectory", "serviceaccount", "startmode"),
        *("onfailure", "resetfailure", "stopparentprocessfirst", "stoptimeout", "log"),
    },
    "serviceaccount": {"domain", "user", "username"},
    "log": {"sizeThreshold", "keepFiles"},
}
SPAN = re.compile(r"\d+ (sec|secs|min|mins|hour|hours|day|days)")


def test_every_element_and_every_value_is_one_that_winsw_documents() -> None:
    root = ET.fromstring(winsw(service()))
    for parent in root.iter():
        names = [child.tag for child in parent]
        assert set(names) <= DOCUMENTED.get(parent.tag, set())
        assert len(names) == len(set(names))
    assert (root.findtext("id") or "").isalnum()
    assert root.findtext("startmode") in {"Boot", "System", "Automatic", "Manual"}
    failure, log = root.find("onfailure"), root.find("log")
    assert failure is not None
    assert failure.get("action") in {"restart", "reboot", "none"}
    assert log is not None
    assert log.get("mode") == "roll-by-size"
    for span in (failure.get("delay"), root.findtext("resetfailure"), root.findtext("stoptimeout")):
        assert SPAN.fullmatch(span or ""), span
