from __future__ import annotations

import json
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.cli.reach import reachable
from sttelnet.script.model import Key, Place, Script
from tests.cli.running import write_site

GOOD = {"root": '{% key:news("n"); key:logoff("q") %}\nhello\n', "news": '{% key:back("q") %}\nnews\n'}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site without a problem, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return write_site(tmp_path, GOOD)


def test_a_site_without_a_problem_is_status_0(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 0
    assert capsys.readouterr().out == "2 scripts, 0 errors, 0 warnings\n"


@pytest.mark.parametrize("path", [".", "scripts", "", "config"])
def test_a_site_is_named_by_its_folder_or_its_scripts_or_its_config(
    site: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    write_site(site, {"news": "{% get:Nothing %}"})
    arguments = {"": [], "config": ["--config", "config.toml"]}.get(path, [path])
    assert main(["lint", *arguments]) == 1
    assert capsys.readouterr().out.startswith("scripts/news.txt:1:8: ")


def test_what_is_wrong_with_the_config_is_said_too(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STTELNET_SERVER__ALLOW_PLAINTEXT", "true")  # this shell's, and not the site's
    write_site(site, {}, '[server]\nlisten = ["0.0.0.0"]\n')
    assert main(["lint"]) == 1
    first, _, last = capsys.readouterr().out.splitlines()
    assert first.startswith("config.toml:2:1: server.listen: other machines reach 0.0.0.0, and ")
    assert last == "2 scripts, 1 error, 0 warnings"
    write_site(site, {}, "[server]\nport = 1\nlisten = [\n")
    assert main(["lint", "--format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["path"], problem["code"], problem["line"]) == ("config.toml", "config", 1)
    assert problem["message"]
    write_site(site, {}, '[server]\nlisten = ["0.0.0.0"]\nallow_plaintext = true\n[tls]\nport = 6024\n')
    assert main(["lint", "scripts"]) == 1
    assert "config.toml:1:1: tls.certificate: missing, for tls.port is set" in capsys.readouterr().out


def test_an_error_is_shown_with_its_line_and_a_caret(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(site, {"news": "some\n{% get:Nothing %}", "notes.py": "def Nothin(client): return 1\n"})
    assert main(["lint"]) == 1
    assert capsys.readouterr().out == (
        'scripts/news.txt:2:8: unknown handler "Nothing" (did you mean "Nothin"?)\n'
        "2 | {% get:Nothing %}\n"
        "  |        ^^^^^^^\n"
        "\n"
        "2 scripts, 1 error, 0 warnings\n"
    )


def test_a_site_elsewhere_is_named_in_full(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_site(site.parent / f"{site.name}-other", {"root": "{% get:Nothing %}"})
    assert main(["lint", str(other)]) == 1
    assert capsys.readouterr().out.startswith(f"{(other / 'scripts' / 'root.txt').as_posix()}:1:8: ")


def test_json_is_for_programs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(site, {"news": "{% get:Nothing %}"})
    assert main(["lint", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["scripts"] == 2
    (problem,) = found["problems"]
    assert (problem["path"], problem["line"], problem["column"]) == ("scripts/news.txt", 1, 8)
    assert problem["severity"] == "error"
    assert problem["message"] == 'unknown handler "Nothing"'


def test_github_has_annotations(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(site, {"news": "{% get:Nothing %}", "a,b": ""})
    assert main(["lint", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert '::error file=scripts/news.txt,line=1,col=8::unknown handler "Nothing"' in lines
    assert any(line.startswith("::error file=scripts/a%2Cb.txt,line=1,") for line in lines)


def test_a_page_nothing_leads_to_is_a_warning(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(site, {"lost": "nobody comes here"})
    assert main(["lint"]) == 0
    assert 'warning: scripts/lost.txt:1:1: no key leads to "lost"' in capsys.readouterr().out
    assert main(["lint", "--strict"]) == 1


def test_a_page_that_a_module_names_may_be_reached(site: Path) -> None:
    write_site(site, {"lost": "a handler leads here", "jumps.py": 'def Jump(client, data):\n    return "lost"\n'})
    assert main(["lint", "--strict"]) == 0


def test_while_a_page_is_broken_nothing_is_said_of_those_behind_it(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_site(site, {"root": "{% key:news("})
    assert main(["lint"]) == 1
    assert "no key leads to" not in capsys.readouterr().out


def test_a_tree_without_root_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scripts").mkdir()
    assert main(["lint", str(tmp_path)]) == 1
    assert "no root.txt" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert main(["lint", str(tmp_path / "nowhere")]) == 2


def test_a_module_that_does_not_load_is_an_error(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(site, {"broken.py": "def (:\n"})
    assert main(["lint"]) == 1
    assert "scripts/broken.py:1:" in capsys.readouterr().out


def test_a_module_that_does_not_load_is_the_only_error(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modules = {
        "m1.py": "import nosuchmod\n\ndef Mine(client):\n    return 1\n",
        "h.py": "def Healthy(client): return 1\n",
    }
    write_site(site, modules)
    write_site(site, {"news": "{% get:Mine; get:Healthy %}\n" * 3})
    assert main(["lint"]) == 1
    out = capsys.readouterr().out
    assert "scripts/m1.py:1:1: cannot load: ModuleNotFoundError" in out
    assert out.endswith("2 scripts, 1 error, 0 warnings\n")


def test_pages_are_reached_in_circles_and_from_the_log_in() -> None:
    place = Place("x", 1, 1)

    def script(keyword: str, *targets: str) -> Script:
        return Script(keyword, f"{keyword}.txt", keys=tuple(Key(target, ("x",), place) for target in targets))

    scripts = {
        s.keyword: s
        for s in (script("root", "a"), script("a", "root", "back"), script("login", "b"), script("b"), script("c"))
    }
    assert reachable(scripts) == {"root", "a", "login", "b"}
    assert reachable(scripts, ["c", "nothing"]) == set(scripts)
