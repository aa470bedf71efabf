from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.config import KEYS, Config, Key, Thresholds, compare, effective_toml, load_config, read_config
from sttelnet.config.places import key_lines
from sttelnet.errors import ConfigError

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "config.toml").read_text(encoding="utf-8")


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
    named = {".".join(path) for path in key_lines(SHIPPED)}
    assert {name for name in named if name in KEYS} == set(KEYS)
    assert load_config(SHIPPED, "config.toml", {}) is not None


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_key_of_the_shipped_file_has_a_comment_that_says_when_a_change_counts(key: Key) -> None:
    lines = SHIPPED.split("\n")
    line = key_lines(SHIPPED)[tuple(key.name.split("."))]
    when = re.search(r"^#.*\((live|restart)\)( …)?$", lines[line - 2])
    assert when is not None, f"the comment above {key.name} does not say when a change counts"
    assert (when[1] == "restart") == key.restart


def test_every_key_has_its_heading_in_the_documentation() -> None:
    headings = re.findall(
        r"^### `([^`]+)`$", (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings == list(KEYS)


def test_the_documentation_tells_each_default_and_when_a_change_counts() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for name, key in KEYS.items():
        body = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
        assert body is not None
        written = re.search(r"^Default `([^`]*)`, (live|restart)\.", body[1], re.MULTILINE)
        assert written is not None, name
        default = list(key.default) if isinstance(key.default, tuple) else key.default
        assert tomllib.loads(f"x = {written[1]}")["x"] == default, name
        assert (written[2] == "restart") == key.restart, name


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
        ("STTELNET_SERVER__LISTEN", "10.0.0.1, ::1", "listen", ("10.0.0.1", "::1")),
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


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "fe80::1%eth0", "localhost", "db_01.example.com"])
def test_addresses_and_host_names_can_be_listened_on(address: str) -> None:
    assert config(f'[server]\nlisten = ["{address}"]').server.listen == (address,)


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
    ],
)
def test_a_key_is_found_on_its_line(text: str, path: str, line: int) -> None:
    assert key_lines(text)[tuple(path.split("."))] == line


# -- nothing but ConfigError

_words = st.sampled_from(["server", "port", "health", "cpu", "warning", "log", "listen", "name", "x", '"a b"', "a.b"])
_values = st.one_of(
    st.integers().map(str),
    st.floats().map(lambda number: str(number).replace("e+", "e")),
    st.sampled_from(
        ["true", '"text"', "[]", '["::1"]', "{}", "{port = 1}", '"""\nport = 1\n"""', "[\n1,\n]", "07:00:00"]
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
@given(st.dictionaries(st.sampled_from([*(key.variable for key in KEYS.values()), "STTELNET_X__Y"]), st.text()))
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
    overrides = {"server.settle_timeout": settle, "server.listen": listen}
    try:
        before = load_config("", "config.toml", {"STTELNET_SERVER__NAME": name}, overrides)
    except ConfigError:
        assert not name.isprintable()
        return
    assert load_config(effective_toml(before, {}), "effective.toml", {}) == before


def test_a_comparison_parts_live_keys_from_those_that_wait_for_a_restart() -> None:
    changes = compare(Config(), config("[server]\nport = 1\nidle_timeout = 1\n[health.cpu]\nwarning = 1"))
    assert changes.live == ("server.idle_timeout", "health.cpu.warning")
    assert changes.restart == ("server.port",)
