"""Properties of the whole language, on generated scripts."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sttelnet.script import Parsed, parse
from sttelnet.script.model import Get, Script, Text, Value
from tests.script.reading import script, sent

MARKS = ["{%", "%}", "{#", "#}", "\\", '"', "(", ")", ";", ",", "=", ":", " ", "\n", "\r\n", "\t"]
BITS = ["get:X", "set:X", "ansi:Bold", "ansi:Move", "page:Role", "key:a", "1", "-", "a", "é", "漢", "\x1b[1m"]
scraps = st.lists(st.sampled_from(MARKS + BITS) | st.text(max_size=3), max_size=40).map("".join)
plain = st.text(alphabet=st.characters(blacklist_characters="{\r", blacklist_categories=["Cs"]), max_size=60)
wordy = st.text(alphabet="ab .\n", max_size=30).map(lambda text: f"x{text}x")


def read(source: str) -> Parsed:
    return parse(source, "page", "page.txt")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | scraps)
@example('{% get:X("' + "\\" * 9)
@example("\ud800{% \udfff %}")
def test_no_text_makes_the_parser_raise(source: str) -> None:
    parsed = read(source)
    refused = any(not problem.warning for problem in parsed.problems)
    assert (parsed.script is None) == refused
    lines = source.replace("\r\n", "\n").split("\n")
    for problem in parsed.problems:
        line = lines[problem.place.line - 1]
        assert 1 <= problem.place.column <= len(line) + 1
        assert problem.place.column + problem.width <= len(line) + 2
        assert "\x1b" not in problem.picture()


@settings(max_examples=200, deadline=None)
@given(plain)
def test_text_without_openers_is_sent_as_it_stands(text: str) -> None:
    body = parse(text, "page", "page.txt").script
    assert body is not None
    assert "".join(piece.text for piece in body.body if isinstance(piece, Text)) == text.removesuffix("\n").replace(
        "\n", "\r\n"
    )


@settings(max_examples=200, deadline=None)
@given(plain)
def test_cr_lf_in_the_file_says_the_same_as_lf(text: str) -> None:
    assert read(text.replace("\n", "\r\n")).script == read(text).script


@settings(max_examples=200, deadline=None)
@given(
    st.lists(wordy, min_size=1, max_size=5),
    st.sampled_from(["{% set:X %}", "{# c\n\n#}", "{%\n%}"]),
)
def test_blocks_between_words_do_not_change_what_is_sent(parts: list[str], block: str) -> None:
    assert sent(block.join(parts)) == sent("".join(parts))


@settings(max_examples=200, deadline=None)
@given(st.lists(wordy, min_size=1, max_size=5), st.sampled_from(["{% set:X %}", " {# c\n\n#}\t", "{%\n%}{##}"]))
def test_lines_of_blocks_do_not_change_what_is_sent(parts: list[str], block: str) -> None:
    assert sent(f"{block}\n" + f"\n{block}\n".join(parts) + f"\n{block}") == sent("\n".join(parts))


# A generated script: statements as values, written out as source, read back.

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_/-]{0,8}", fullmatch=True)
strings = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=12)
values: st.SearchStrategy[Value] = st.integers(-(10**18) + 1, 10**18 - 1) | strings
identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in {"width", "align", "prompt"}
)
glue = st.sampled_from(["", " ", "\n", "\t{# ; %} #} ", "{##}"])


@dataclass(frozen=True)
class Written:
    """A handler statement and what it means."""

    kind: str
    name: str
    positional: tuple[Value, ...]
    keywords: dict[str, Value]

    def source(self, glue: str) -> str:
        arguments = [literal(value) for value in self.positional]
        arguments += [f"{name}{glue}={glue}{literal(value)}" for name, value in self.keywords.items()]
        inside = f"{glue},{glue}".join(arguments)
        return f"{self.kind}:{self.name}{glue}({glue}{inside}{glue})" if arguments else f"{self.kind}:{self.name}"


def literal(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


statements = st.builds(
    Written,
    st.sampled_from(["get", "set", "post"]),
    names,
    st.lists(values, max_size=3).map(tuple),
    st.dictionaries(identifiers, values, max_size=3),
)


def meaning(script: Script) -> list[Written]:
    gets = [("get", piece.call) for piece in script.body if isinstance(piece, Get)]
    sets = [("set", setter.call) for setter in script.sets]
    posts = [("post", post.call) for post in script.posts]
    return [Written(kind, call.name, call.positional, dict(call.keywords)) for kind, call in gets + sets + posts]


@settings(max_examples=200, deadline=None)
@given(st.lists(statements, max_size=6), glue, st.booleans(), st.booleans())
def test_statements_written_out_read_back_the_same(
    written: list[Written], glue: str, one_block: bool, trailing: bool
) -> None:
    sources = [statement.source(glue) for statement in written]
    end = ";" if trailing and written else ""
    if one_block:
        source = "{%" + glue + f"{glue};{glue}".join(sources) + end + glue + "%}"
    else:
        source = "\n".join("{%" + glue + source + end + glue + "%}" for source in sources)
    by_kind = [statement for kind in ("get", "set", "post") for statement in written if statement.kind == kind]
    assert meaning(script(source)) == by_kind


@settings(max_examples=200, deadline=None)
@given(plain, plain, st.integers(0, 6), st.sampled_from(["{%", "{#"]))
def test_any_text_can_be_written_with_escapes(before: str, behind: str, backslashes: int, opens: str) -> None:
    wanted = before.rstrip("\\") + "\\" * backslashes + opens + behind
    source = before.rstrip("\\") + "\\" * (2 * backslashes + 1) + opens + behind
    body = read(source).script
    assert body is not None
    assert "".join(piece.text for piece in body.body if isinstance(piece, Text)) == wanted.removesuffix("\n").replace(
        "\n", "\r\n"
    )
