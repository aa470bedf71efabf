from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.config import (
    KEYS,
    AreaConfig,
    Config,
    FilesConfig,
    Key,
    Thresholds,
    compare,
    effective_toml,
    load_config,
    read_config,
)
from sttelnet.config.keys import _AT_START, TABLES, keys_of, pattern_of, value
from sttelnet.config.model import CheckConfig, Who
from sttelnet.config.places import key_lines
from sttelnet.errors import ConfigError
from sttelnet.role import ROLE_WORDS

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "config.toml").read_text(encoding="utf-8")
DOCUMENTATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
WITH_EXAMPLES = re.sub(r"^#: ", "", SHIPPED, flags=re.MULTILINE)  # tables the defaults have none of
# Every key the defaults have a value for: "files.areas.public.quota" where KEYS has "files.areas.NAME.quota"
DEFAULT_KEYS = list(keys_of({table: value(Config(), table) for table in TABLES}))


def problems(text: str = "", environ: dict[str, str] | None = None, **overrides: object) -> tuple[str, ...]:
    """Return what is wrong with a config; an override `server__port` is the key server.port."""
    dotted = {name.replace("__", "."): value for name, value in overrides.items()}
    with pytest.raises(ConfigError) as caught:
        load_config(text, "config.toml", environ or {}, dotted)
    return caught.value.problems


def problems_of(text: str, environ: dict[str, str]) -> tuple[str, ...]:
    """Return what is wrong with a config that may as well be right."""
    try:
        read_config(text, "config.toml", environ)
    except ConfigError as error:
        return error.problems
    return ()


def config(text: str = "", environ: dict[str, str] | None = None, **overrides: object) -> Config:
    """Return a config that has nothing wrong with it."""
    return load_config(
        text, "config.toml", environ or {}, {name.replace("__", "."): value for name, value in overrides.items()}
    )


# -- the shipped file


def test_the_shipped_file_is_equal_to_the_defaults() -> None:
    assert load_config(SHIPPED, "config.toml", {}) == Config()


def test_the_shipped_file_names_every_key_and_no_other() -> None:
    assert {pattern_of(path) for path in key_lines(WITH_EXAMPLES)} >= set(KEYS)
    assert {".".join(path) for path in key_lines(SHIPPED)} >= {key.name for key in DEFAULT_KEYS}
    assert load_config(SHIPPED, "config.toml", {}) is not None


def test_the_examples_in_the_shipped_file_have_the_defaults() -> None:
    assert load_config(WITH_EXAMPLES, "config.toml", {}).checks == {"backup": CheckConfig()}


def test_the_shipped_file_sets_every_key_to_its_default() -> None:
    loaded = read_config(SHIPPED, "config.toml", {})
    for key in DEFAULT_KEYS:
        assert loaded.sources[key.name].startswith("config.toml:"), key.name
        assert value(loaded.config, key.name) == value(Config(), key.name), key.name


@pytest.mark.parametrize("key", DEFAULT_KEYS, ids=lambda key: key.name)
def test_every_key_of_the_shipped_file_has_a_comment_that_says_when_a_change_counts(key: Key) -> None:
    lines = SHIPPED.split("\n")
    line = key_lines(SHIPPED)[tuple(key.name.split("."))]
    when = re.search(r"^#.*\((live|restart)\)( …)?$", lines[line - 2])
    assert when is not None, f"the comment above {key.name} does not say when a change counts"
    assert (when[1] == "restart") == key.restart


def test_what_counts_at_the_next_start_only_is_a_key_there_is() -> None:
    assert KEYS.keys() >= _AT_START


def test_every_key_has_its_heading_in_the_documentation() -> None:
    assert re.findall(r"^### `([^`]+)`$", DOCUMENTATION, re.MULTILINE) == list(KEYS)


def test_the_documentation_tells_each_default_and_when_a_change_counts() -> None:
    for name, key in KEYS.items():
        body = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", DOCUMENTATION, re.MULTILINE | re.DOTALL)
        assert body is not None
        written = re.search(r"^(?:Default `([^`]*)`|Required), (live|restart)\.", body[1], re.MULTILINE)
        assert written is not None, name
        assert (written[1] is None) == key.required, name
        if written[1] is not None:
            default = list(key.default) if isinstance(key.default, tuple) else key.default
            assert tomllib.loads(f"x = {written[1]}")["x"] == default, name
        assert (written[2] == "restart") == key.restart, name


def test_every_file_the_documentation_shows_loads() -> None:
    shown = re.findall(r"^```toml\n(.*?)^```$", DOCUMENTATION, re.MULTILINE | re.DOTALL)
    assert shown
    for text in shown:
        config(text)


# -- defaults, and what stands above what


def test_an_empty_text_is_the_defaults() -> None:
    assert config() == Config()


def test_the_environment_stands_above_the_file_and_the_command_line_above_both() -> None:
    text = "[server]\nport = 1\nmax_sessions = 1\nidle_timeout = 1\n"
    environ = {"STTELNET_SERVER__PORT": "2", "STTELNET_SERVER__MAX_SESSIONS": "2"}
    server = config(text, environ, server__port=3).server
    assert (server.port, server.max_sessions, server.idle_timeout) == (3, 2, 1)


def test_one_threshold_given_leaves_the_other_at_its_own_default() -> None:
    assert config("[health.memory]\ncritical = 97").health.memory == Thresholds(warning=85, critical=97)


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("STTELNET_SERVER__TRUSTED_LOOPBACK", "false", "trusted_loopback", False),
        ("STTELNET_SERVER__TRUSTED_LOOPBACK", "0", "trusted_loopback", False),
        ("STTELNET_SERVER__SETTLE_TIMEOUT", "0.25", "settle_timeout", 0.25),
        ("STTELNET_SERVER__LISTEN", "127.0.0.2, ::1", "listen", ("127.0.0.2", "::1")),
        ("STTELNET_SERVER__NAME", "", "name", ""),
        ("STTELNET_SERVER__NAME", "17", "name", "17"),
        ("sttelnet_server__port", "7000", "port", 7000),
    ],
)
def test_the_environment_gives_values_as_strings(variable: str, text: str, key: str, value: object) -> None:
    assert getattr(config(environ={variable: text}).server, key) == value


def test_the_environment_reaches_nested_tables() -> None:
    assert config(environ={"STTELNET_HEALTH__CPU__WARNING": "70"}).health.cpu.warning == 70


def test_variables_that_are_none_of_ours_are_left_alone() -> None:
    others = {"STTELNET_SERVICE_HOST": "10.0.0.1", "STTELNET_SERVER_PORT": "tcp://10.0.0.1:6023", "PATH": "/bin"}
    assert config(environ=others) == Config()


# -- what is wrong


def test_every_problem_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = '[log]\nlevel = "loud"\n\n[server]\nprot = 7\nport = "x"\n\n[serve]\n'
    assert problems(text, {"STTELNET_LOG__LEVL": "info"}, server__port=70000) == (
        'config.toml:2: log.level: expected one of "debug", "info", "warning", "error", got "loud"',
        'config.toml:5: server.prot: unknown key (did you mean "port"?)',
        'config.toml:6: server.port: expected a whole number from 0 to 65535, got "x"',
        'config.toml:8: serve: unknown table or key (did you mean "server"?)',
        'STTELNET_LOG__LEVL: unknown key (did you mean "STTELNET_LOG__LEVEL"?)',
        "command line: server.port: expected a whole number from 0 to 65535, got 70000",
    )


def test_a_key_in_the_wrong_table_is_told_where_it_belongs() -> None:
    assert problems("[log]\nmin_password = 9") == (
        'config.toml:2: log.min_password: unknown key (did you mean "members.min_password"?)',
    )


def test_a_misspelt_word_is_told_the_nearest_one() -> None:
    assert problems('[log]\nformat = "jsn"')[0].endswith('got "jsn" (did you mean "json"?)')


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("port = true", "true"),
        ("port = 1.5", "1.5"),
        ("port = -1", "-1"),
        ('port = "6023"', '"6023"'),
        ("port = " + "9" * 300, "a larger one"),
        ("trusted_loopback = 1", "1"),
        ("idle_timeout = inf", "inf"),
        ("idle_timeout = nan", "nan"),
        ("idle_timeout = 0", "0"),
        ("name = 2026-11-23", "2026-11-23"),
        ("name = {a = 1}", "a table"),
        ("listen = []", "[]"),
        ('listen = "::1"', '"::1" (write ["::1"])'),
        ("listen = [1]", "[1]"),
        ('name = ["' + "x" * 60 + '"]', '["' + "x" * 37 + "…"),
    ],
)
def test_a_wrong_value_is_shown_as_it_was_written(line: str, got: str) -> None:
    (problem,) = problems(f"[server]\n{line}")
    assert problem.startswith(f"config.toml:2: server.{line.split(' ', maxsplit=1)[0]}: expected ")
    assert problem.endswith(f", got {got}")


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ('["::1", "::1"]', "stands there twice"),
        ('["127.0.0.1:6023"]', "the port is server.port"),
        ('["not a host"]', "neither an address nor a host name"),
        ('["a\\u0007"]', "control characters"),
        ('[""]', "expected a list of one or more strings"),
    ],
)
def test_an_address_nobody_can_listen_on_is_refused(listen: str, words: str) -> None:
    (problem,) = problems(f"[server]\nlisten = {listen}")
    assert words in problem


def test_what_http_listens_on_and_is_called_is_looked_at_too() -> None:
    (problem,) = problems('[http]\nlisten = ["127.0.0.1:80"]')
    assert problem.startswith("config.toml:2: http.listen: ")
    assert "the port is http.port" in problem
    (problem,) = problems('[http]\nnames = ["web-01", "web-01:80"]')
    assert problem == 'config.toml:2: http.names: expected a host name without a port, got "web-01:80"'
    assert config('[http]\nnames = ["web-01.example.org"]').http.names == ("web-01.example.org",)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "fe80::1%eth0", "localhost", "db_01.example.com"])
def test_addresses_and_host_names_can_be_listened_on(address: str) -> None:
    text = f'[server]\nlisten = ["{address}"]\nallow_plaintext = true'
    assert config(text).server.listen == (address,)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.5", "fe80::1%eth0", "db_01.example.com"])
def test_plain_text_for_other_machines_must_be_allowed(address: str) -> None:
    (problem,) = problems(f'[server]\nport = 7000\nlisten = ["127.0.0.1", "{address}"]')
    assert problem.startswith(
        f"config.toml:3: server.listen: other machines reach {address}, and whoever is on the way"
    )
    assert "or write server.allow_plaintext = true" in problem
    (problem,) = problems("", {"STTELNET_SERVER__LISTEN": address})
    assert problem.startswith("STTELNET_SERVER__LISTEN: server.listen: ")
    text = f'[server]\nlisten = ["{address}"]\nallow_plaintext = '
    assert config(text + "true").server.allow_plaintext
    assert len(problems(text + "false")) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_plain_text_for_this_machine_is_always_allowed(address: str) -> None:
    assert config(f'[server]\nlisten = ["{address}"]').server.listen == (address,)


def test_tls_for_other_machines_is_allowed_and_needs_a_certificate() -> None:
    text = '[tls]\nport = 6024\nlisten = ["0.0.0.0", "::"]\n'
    (problem,) = problems(text)
    assert problem == "config.toml: tls.certificate: missing, for tls.port is set (`sttelnet cert` writes one)"
    assert config(text + 'certificate = "x.pem"').tls.port == 6024
    assert config('[tls]\nlisten = ["0.0.0.0"]').tls.port == 0


def test_a_warning_above_its_critical_is_refused_where_it_was_written() -> None:
    assert problems("[health.cpu]\n\nwarning = 97") == (
        "config.toml:3: health.cpu.warning: 97 is above health.cpu.critical (95)",
    )
    assert problems("[health.disk]\ncritical = 50") == (
        "config.toml:2: health.disk.warning: 90 is above health.disk.critical (50)",
    )


def test_problems_found_by_comparing_stand_at_their_line_too() -> None:
    text = "[health.cpu]\nwarning = 96\n[nonsense]\nx = 1\n"
    found = problems(text, {"STTELNET_SERVER__PORT": "x"})
    assert [line.partition(": ")[0] for line in found] == ["config.toml:2", "config.toml:3", "STTELNET_SERVER__PORT"]


def test_limits_given_in_two_places_are_compared_as_they_will_be() -> None:
    text, environ = "[health.cpu]\nwarning = 97", {"STTELNET_HEALTH__CPU__CRITICAL": "98"}
    assert config(text, environ).health.cpu == Thresholds(warning=97, critical=98)


def test_a_limit_that_is_refused_itself_is_not_compared_too() -> None:
    assert len(problems("[health.cpu]\nwarning = 970")) == 1


def test_the_throttle_may_not_begin_above_its_end() -> None:
    assert "throttle_most" in problems("[members]\nthrottle_first = 60")[0]


def test_a_value_where_a_table_belongs_is_refused() -> None:
    assert problems("server = 3\nhealth.cpu = 4") == (
        "config.toml:1: server: expected a table: [server]",
        "config.toml:2: health.cpu: expected a table: [health.cpu]",
    )


def test_a_quoted_key_with_a_dot_in_it_is_none_of_ours() -> None:
    assert "unknown" in problems('"server.port" = 7000')[0]


def test_a_key_cannot_write_a_line_of_its_own() -> None:
    (problem,) = problems('[server]\n"a\\nconfig.toml:1: fine" = 1')
    assert "\n" not in problem


def test_a_syntax_error_is_reported_with_its_line() -> None:
    (problem,) = problems("[server]\nport 3\n")
    assert problem.startswith("config.toml:2:6: ")


def test_a_syntax_error_does_not_hide_what_is_wrong_elsewhere() -> None:
    assert len(problems("[server\n", {"STTELNET_SERVER__PORT": "x"})) == 2


def test_a_number_too_long_to_read_and_a_list_too_deep_are_problems_like_any() -> None:
    assert problems("[server]\nport = " + "9" * 5000)
    assert problems("x = " + "[" * 50_000)


@pytest.mark.parametrize("name", ["STTELNET_SERVER__PROT", "STTELNET_SERVER_PORT", "STTELNET_HEALTH__CPU"])
def test_a_variable_that_misses_its_key_is_reported(name: str) -> None:
    (problem,) = problems(environ={name: "7000"})
    assert problem.startswith(f"{name}: unknown key (did you mean ")


def test_an_override_that_names_no_key_is_reported() -> None:
    assert problems(server__prot=1) == ('command line: server.prot: unknown key (did you mean "port"?)',)


# -- what a site names: the file areas


def area(name: str, keys: str = 'directory = "x"') -> str:
    return f"[files.areas.{name}]\n{keys}\n"


def test_an_area_of_a_site_stands_in_place_of_the_ones_that_ship() -> None:
    areas = config('[files.areas.firmware]\ndirectory = "/srv/fw"\nquota = 5\nupload = "nobody"').files.areas
    assert areas == {"firmware": AreaConfig(directory="/srv/fw", quota=5, upload="nobody")}


def test_an_area_with_the_name_of_one_that_ships_begins_with_the_defaults_of_any_area() -> None:
    assert config(area("public")).files.areas == {"public": AreaConfig(directory="x")}
    assert problems('[files.areas.public]\ntitle = "Ours"') == (
        "config.toml:1: files.areas.public.directory: missing (expected a string that is not empty)",
    )


def test_a_table_of_areas_with_nothing_in_it_leaves_none() -> None:
    assert config("[files.areas]").files.areas == {}
    assert config("files.areas = {}").files.areas == {}


def test_other_keys_of_the_files_leave_the_areas_alone() -> None:
    assert config("[files]\nblock = 8192").files == FilesConfig(block=8192)


def test_no_two_configs_share_their_areas() -> None:
    assert Config().files.areas is not Config().files.areas
    assert config().files.areas is not config().files.areas


def test_every_role_and_nobody_can_be_let_into_an_area() -> None:
    assert get_args(Who) == (*ROLE_WORDS, "nobody")


@pytest.mark.parametrize(
    "text",
    [
        '[files]\nareas = {docs = {directory = "x"}}',
        'files.areas.docs.directory = "x"',
        '[files.areas]\ndocs = {directory = "x"}',
        '[files.areas]\ndocs.directory = "x"',
        '["files" . \'areas\' . docs]\n"directory" = """x"""',
    ],
)
def test_an_area_can_be_written_in_every_way_toml_has(text: str) -> None:
    assert config(text).files.areas == {"docs": AreaConfig(directory="x")}


@pytest.mark.parametrize("name", ["a", "a-b_c", "x" * 32, "name", "a__b", "a_"])
def test_an_area_is_called_by_a_letter_and_more(name: str) -> None:
    assert list(config(area(name)).files.areas) == [name]


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ('"A b"', '"A b"'),
        ('"a.b"', '"a.b"'),
        ('"docs.directory"', '"docs.directory"'),
        ("Docs", '"Docs"'),
        ("NAME", '"NAME"'),
        ("9x", '"9x"'),
        ("-", '"-"'),
        ('""', '""'),
        ('"docs\\n"', '"docs\\n"'),
        ('"ä"', '"ä"'),
        ("x" * 33, f'"{"x" * 33}"'),
    ],
)
def test_any_other_name_of_an_area_is_refused_once_where_it_stands(name: str, got: str) -> None:
    assert problems(area("docs") + "\n" + area(name, "quota = 0\nqota = 0")) == (
        "config.toml:4: files.areas: expected a name of a lower-case letter and up to 31 of a-z, 0-9, _ and -, "
        f"got {got}",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[files]\nareas = 5", "config.toml:2: files.areas: expected a table: [files.areas.NAME]"),
        ("[[files.areas]]\nx = 1", "config.toml:1: files.areas: expected a table: [files.areas.NAME]"),
        ("[files.areas]\nquota = 5", "config.toml:2: files.areas.quota: expected a table: [files.areas.NAME]"),
        ("[[files.areas.docs]]\nx = 1", "config.toml:1: files.areas.docs: expected a table: [files.areas.NAME]"),
        ("files = 5", "config.toml:1: files: expected a table: [files]"),
        (area("docs") + area("docs"), "config.toml:3:18: Cannot declare ('files', 'areas', 'docs') twice"),
        (
            area("docs", 'directory = "x"\nquota = "5"'),
            'config.toml:3: files.areas.docs.quota: expected a whole number from 1 to 1048576, got "5"',
        ),
        (
            area("docs", 'directory = ""'),
            'config.toml:2: files.areas.docs.directory: expected a string that is not empty, got ""',
        ),
        (
            area("docs", 'directory = "x"\nqota = 5'),
            'config.toml:3: files.areas.docs.qota: unknown key (did you mean "quota"?)',
        ),
        (
            area("docs", 'directory = "x"\nblock = 8192'),
            'config.toml:3: files.areas.docs.block: unknown key (did you mean "files.block"?)',
        ),
        (
            area("docs", 'directory = "x"\n"quota.x" = 5'),
            "config.toml:3: files.areas.docs.quota.x: unknown key",
        ),
        (
            area("docs", 'directory = "x"\n[files.areas.docs.more]\ny = 5'),
            "config.toml:3: files.areas.docs.more: unknown key",
        ),
        (
            area("docs", 'directory = "x"\nlist = "gest"'),
            'config.toml:3: files.areas.docs.list: expected one of "guest", "member", "operator", "admin", "nobody", '
            'got "gest" (did you mean "guest"?)',
        ),
        (
            area("docs", 'directory = "x\\u0000"'),
            "config.toml:2: files.areas.docs.directory: control characters cannot stand here",
        ),
        (
            "[areas.docs]\nquota = 5",
            'config.toml:1: areas: unknown table or key (did you mean "files.areas"?)',
        ),
        (
            "[files.area.docs]\nquota = 5",
            'config.toml:1: files.area: unknown key (did you mean "areas"?)',
        ),
        ("[files]\nblock = 2048", "config.toml:2: files.block: expected one of 1024, 8192, got 2048"),
        ('[files]\nblock = "8192"', 'config.toml:2: files.block: expected one of 1024, 8192, got "8192"'),
        ("[files]\ndisk_reserve = -1", "config.toml:2: files.disk_reserve: expected a whole number from 0 to 1048576"),
    ],
)
def test_what_is_wrong_with_files_and_areas_is_said_once_with_its_line(text: str, problem: str) -> None:
    (found,) = problems(text)
    assert found.startswith(problem)


def test_an_area_that_lacks_its_directory_is_told_so_at_its_own_line_among_the_other_problems() -> None:
    text = "[files]\nblock = 1\n\n[files.areas.a]\n\n[files.areas.b]\nquota = 0\n"
    assert problems(text) == (
        "config.toml:2: files.block: expected one of 1024, 8192, got 1",
        "config.toml:4: files.areas.a.directory: missing (expected a string that is not empty)",
        "config.toml:6: files.areas.b.directory: missing (expected a string that is not empty)",
        "config.toml:7: files.areas.b.quota: expected a whole number from 1 to 1048576, got 0",
    )


def test_64_areas_are_the_most() -> None:
    assert len(config("".join(area(f"a{number}") for number in range(64))).files.areas) == 64
    text = "".join(area(f"a{number}") for number in range(10_000))
    assert problems(text, {"STTELNET_FILES__AREAS__A1__QUTA": "5"}) == (
        "config.toml:129: files.areas: expected 64 tables at most, got more",
        'STTELNET_FILES__AREAS__A1__QUTA: unknown key (did you mean "STTELNET_FILES__AREAS__A1__QUOTA"?)',
    )


def test_the_environment_adds_to_the_areas_up_to_the_same_number() -> None:
    environ = {f"STTELNET_FILES__AREAS__A{number}__DIRECTORY": "x" for number in range(100, 164)}
    assert problems(environ=environ) == (
        "STTELNET_FILES__AREAS__A163__DIRECTORY: files.areas: expected 64 tables at most, got more",
    )


def test_the_environment_changes_one_key_of_an_area_that_ships() -> None:
    areas = config(environ={"STTELNET_FILES__AREAS__PUBLIC__QUOTA": "100"}).files.areas
    assert areas == {"public": AreaConfig(directory="areas/public", title="Public files", quota=100)}


def test_the_environment_changes_one_key_of_an_area_of_the_site() -> None:
    areas = config(area("docs"), {"sttelnet_files__areas__docs__upload": "admin"}).files.areas
    assert areas == {"docs": AreaConfig(directory="x", upload="admin")}


@pytest.mark.parametrize("name", ["new", "a-b", "a_b", "a__b", "a_", "name", "directory"])
def test_the_environment_adds_an_area_to_those_there_are(name: str) -> None:
    environ = {f"STTELNET_FILES__AREAS__{name.upper()}__DIRECTORY": "x"}
    assert config(environ=environ).files.areas == {**Config().files.areas, name: AreaConfig(directory="x")}


def test_the_environment_completes_an_area_of_the_file() -> None:
    areas = config(area("docs", "quota = 5"), {"STTELNET_FILES__AREAS__DOCS__DIRECTORY": "x"}).files.areas
    assert areas == {"docs": AreaConfig(directory="x", quota=5)}


@pytest.mark.parametrize(
    ("variable", "problem"),
    [
        ("PUBLIC__QUTA", 'unknown key (did you mean "STTELNET_FILES__AREAS__PUBLIC__QUOTA"?)'),
        ("NEW__QUTA", 'unknown key (did you mean "STTELNET_FILES__AREAS__NEW__QUOTA"?)'),
        ("PUBLIC_QUOTA", 'unknown key (did you mean "STTELNET_FILES__AREAS__PUBLIC__QUOTA"?)'),
        ("__QUOTA", 'unknown key (did you mean "STTELNET_FILES__AREAS__PUBLIC__QUOTA"?)'),
        ("NEW__QUOTA", "files.areas.new.directory: missing (expected a string that is not empty)"),
        ("PUBLIC__DIRECTORY", 'files.areas.public.directory: expected a string that is not empty, got ""'),
        (
            "9X__QUOTA",
            'files.areas: expected a name of a lower-case letter and up to 31 of a-z, 0-9, _ and -, got "9x"',
        ),
        ("A.B__QUOTA", 'unknown key (did you mean "STTELNET_FILES__AREAS__A__B__QUOTA"?)'),
    ],
)
def test_a_variable_that_misses_an_area_or_its_key_is_reported(variable: str, problem: str) -> None:
    name = f"STTELNET_FILES__AREAS__{variable}"
    assert problems(environ={name: "" if variable.endswith("DIRECTORY") else "5"}) == (f"{name}: {problem}",)


def test_a_variable_for_an_area_with_single_underscores_is_reported() -> None:
    (problem,) = problems(area("docs"), {"STTELNET_FILES_AREAS_DOCS_QUOTA": "5"})
    assert problem.endswith('unknown key (did you mean "STTELNET_FILES__AREAS__DOCS__QUOTA"?)')


def test_a_file_that_cannot_be_read_is_not_said_to_lack_what_may_stand_in_it() -> None:
    (problem,) = problems("[files.areas.docs\n", {"STTELNET_FILES__AREAS__DOCS__QUOTA": "5"})
    assert problem.startswith("config.toml:1:")


def test_the_command_line_reaches_an_area_as_it_does_any_key() -> None:
    assert config(files__areas__public__quota=5).files.areas["public"].quota == 5
    assert problems(files__areas__public__quta=5) == (
        'command line: files.areas.public.quta: unknown key (did you mean "quota"?)',
    )


# -- lines


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("[server]\nport = 1", "server.port", 2),
        ("\n\nserver.port = 1", "server.port", 3),
        ("[server]\n# port = 2\n\nport = 1", "server.port", 4),
        ('[server]\nname = """\nport = 9\n[log]\n"""\nport = 1', "server.port", 6),
        ('[server]\nlisten = [\n "::1",\n]\nport = 1', "server.listen", 2),
        ("server = {port = 1,\tname = 'x'}", "server.name", 1),
        ("[health]\ninterval = 1\n[health.cpu]\nwarning = 3", "health.cpu.warning", 4),
        ('["server"]\r\n"port" = 1\r\n', "server.port", 2),
        ("  [ health . cpu ] # [log]\n\twarning = 1", "health.cpu.warning", 2),
        ("[[x]]\na = 1\n[[x]]\nb = 2", "x.b", 4),
        ("[files.areas.a]\n[files.areas.b]\nquota = 1", "files.areas.b", 2),
        ("[files]\nareas.a.title = 'x'\nareas.a.quota = 1", "files.areas.a.quota", 3),
    ],
)
def test_a_key_is_found_on_its_line(text: str, path: str, line: int) -> None:
    assert key_lines(text)[tuple(path.split("."))] == line


# -- nothing but ConfigError

_words = st.sampled_from(["server", "port", "health", "cpu", "warning", "log", "listen", "name", "x", '"a b"', "a.b"])
_words |= st.sampled_from(["files", "areas", "files.areas", "a"])
_variables = st.sampled_from([key.variable for key in KEYS.values()]) | st.builds(
    "STTELNET_{}__{}".format, st.sampled_from(["X", "FILES__AREAS__PUBLIC", "FILES__AREAS"]), st.text(max_size=8)
)
_values = st.one_of(
    st.integers().map(str),
    st.floats().map(lambda number: str(number).replace("e+", "e")),
    st.sampled_from(
        [
            "true",
            '"text"',
            "[]",
            '["::1"]',
            "{}",
            "{port = 1}",
            '"""\nport = 1\n"""',
            "[\n1,\n]",
            "07:00:00",
            "{directory = 'x'}",
        ]
    ),
)
_lines = st.one_of(
    st.builds("[{}]".format, _words),
    st.builds("[{}.{}]".format, _words, _words),
    st.builds("[[{}]]".format, _words),
    st.builds("{} = {}".format, _words, _values),
    st.builds("{}.{} = {}".format, _words, _words, _values),
    st.text(max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_lines, max_size=8).map("\n".join))
def test_no_text_raises_anything_but_config_errors_of_one_line_each(text: str) -> None:
    found = problems_of(text, {})
    assert all(re.match(r"config\.toml:\d+:", problem) for problem in found)
    assert not any("\n" in problem for problem in found)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(_variables, st.text()))
def test_no_environment_raises_anything_but_config_errors(environ: dict[str, str]) -> None:
    assert not any("\n" in problem for problem in problems_of("", environ))


# -- written out again


def test_the_effective_config_names_the_source_of_every_value() -> None:
    loaded = read_config(
        "[server]\nport = 7", "config.toml", {"STTELNET_LOG__LEVEL": "debug"}, {"data.directory": "/x"}
    )
    rows = effective_toml(loaded.config, loaded.sources).split("\n")
    assert any(re.fullmatch(r"port = 7 +# config\.toml:2", row) for row in rows)
    assert any(re.fullmatch(r'level = "debug" +# STTELNET_LOG__LEVEL', row) for row in rows)
    assert any(re.fullmatch(r'directory = "/x" +# command line', row) for row in rows)
    assert any(re.fullmatch(r"max_sessions = 2000 +# default", row) for row in rows)


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C"]), max_size=20),
    st.floats(0, 0.45),
    st.lists(st.sampled_from(["::1", "a.example"]), min_size=1, unique=True),
)
def test_the_effective_config_loads_to_itself(name: str, settle: float, listen: list[str]) -> None:
    overrides = {"server.settle_timeout": settle, "server.listen": listen, "server.allow_plaintext": True}
    try:
        before = load_config("", "config.toml", {"STTELNET_SERVER__NAME": name}, overrides)
    except ConfigError:
        assert not name.isprintable()
        return
    assert load_config(effective_toml(before, {}), "effective.toml", {}) == before


_areas = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True),
    st.builds(
        AreaConfig,
        directory=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
        title=st.sampled_from(["", 'A "title"', "# = [x]"]),
        list=st.sampled_from(get_args(Who)),
        quota=st.integers(1, 1_048_576),
    ),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(_areas)
def test_an_effective_config_with_any_areas_loads_to_itself(areas: dict[str, AreaConfig]) -> None:
    before = Config(files=FilesConfig(areas=areas))
    assert load_config(effective_toml(before, {}), "effective.toml", {}) == before


def test_the_effective_config_names_the_source_of_every_key_of_an_area() -> None:
    loaded = read_config(area("docs"), "config.toml", {"STTELNET_FILES__AREAS__NEW__DIRECTORY": "y"})
    shown = re.sub(" +#", " #", effective_toml(loaded.config, loaded.sources))
    assert (
        '[files.areas.docs]\ndirectory = "x" # config.toml:2\ntitle = "" # default\nlist = "guest" # default' in shown
    )
    assert '[files.areas.new]\ndirectory = "y" # STTELNET_FILES__AREAS__NEW__DIRECTORY\n' in shown
    assert "areas.public" not in shown


def test_the_effective_config_says_where_it_is_said_that_there_are_no_areas() -> None:
    loaded = read_config("\n[files.areas]", "config.toml", {})
    assert re.search(
        r"^\[files\.areas\] +# config\.toml:2$", effective_toml(loaded.config, loaded.sources), re.MULTILINE
    )


def test_a_comparison_parts_live_keys_from_those_that_wait_for_a_restart() -> None:
    changes = compare(Config(), config("[server]\nport = 1\nidle_timeout = 1\n[health.cpu]\nwarning = 1"))
    assert changes.live == ("server.idle_timeout", "health.cpu.warning")
    assert changes.restart == ("server.port",)


def test_a_comparison_names_the_areas_that_came_went_or_changed() -> None:
    before = config(area("a") + area("b") + area("c"))
    after = config("[files]\nblock = 8192\n" + area("d") + area("c", 'directory = "x"\nquota = 5') + area("b"))
    assert compare(before, after).live == ("files.block", "files.areas.c.quota", "files.areas.a", "files.areas.d")
    assert compare(before, after).restart == ()


def test_areas_in_another_order_are_no_change() -> None:
    changes = compare(config(area("a") + area("b")), config(area("b") + area("a")))
    assert changes.live == changes.restart == ()


def test_hours_are_two_times_of_a_day() -> None:
    assert config('[checks.a]\nquiet = "22:00-07:00"').checks["a"].quiet == "22:00-07:00"
    for hours in ("22-7", "24:00-07:00", "22:00-07:60", "always"):
        (problem,) = problems(f'[checks.a]\nquiet = "{hours}"')
        assert 'expected two times of a day as "22:00-07:00", or ""' in problem
