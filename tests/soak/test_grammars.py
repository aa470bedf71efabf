"""The grammars of malformed input: what they make is the same each time, and much of it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from sttelnet.script.parser import parse
from tests.soak.attempts import scripts_that_ship
from tests.soak.grammars.dialect import dialect_input
from tests.soak.grammars.keys import CHARSETS, keys_input, opening
from tests.soak.grammars.scripts import script_input
from tests.soak.grammars.telnet import telnet_input
from tests.soak.grammars.zmodem import transcripts, zmodem_input

COUNT = 2000
SHIPPED = scripts_that_ship()
SAID = transcripts(1)
GRAMMARS: dict[str, Callable[[random.Random], bytes | str]] = {
    "telnet": telnet_input,
    **{codec: lambda chance, codec=codec: keys_input(chance, codec) for _, codec in CHARSETS},  # type: ignore[misc]
    "openings": lambda chance: opening(chance, b"xterm") + keys_input(chance, "utf-8"),
    "machine dialect": dialect_input,
    "scripts": lambda chance: script_input(chance, SHIPPED),
    "what a sender says": lambda chance: zmodem_input(chance, SAID.senders),
    "what a receiver says": lambda chance: zmodem_input(chance, SAID.receivers),
}


def made(make: Callable[[random.Random], bytes | str], seed: int) -> list[bytes | str]:
    chance = random.Random(seed)
    return [make(chance) for _ in range(COUNT)]


@pytest.mark.parametrize("make", GRAMMARS.values(), ids=GRAMMARS)
def test_the_same_seed_makes_the_same_input(make: Callable[[random.Random], bytes | str]) -> None:
    assert made(make, 7) == made(make, 7)
    assert made(make, 7) != made(make, 8)


@pytest.mark.parametrize("make", GRAMMARS.values(), ids=GRAMMARS)
def test_few_inputs_are_alike(make: Callable[[random.Random], bytes | str]) -> None:
    assert len(set(made(make, 7))) > COUNT / 2


def test_transcripts_are_the_same_each_time_and_whole() -> None:
    assert transcripts(3) == transcripts(3)
    assert all(said.endswith(b"OO") for said in SAID.senders)


def test_scripts_are_neither_all_right_nor_all_wrong() -> None:
    chance = random.Random(7)
    good = sum(parse(script_input(chance, SHIPPED), "made", "made.txt").script is not None for _ in range(200))
    assert 2 < good < 150
