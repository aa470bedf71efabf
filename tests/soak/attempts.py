"""Inputs that are read without a connection: each attempt can be made again, and yields where others may go first."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sttelnet.script.parser import parse
from sttelnet.zmodem import ReceiveOptions, Receiver, Sender, SendOptions
from tests.bench.process import CHECKOUT
from tests.soak.grammars.scripts import script_input
from tests.soak.grammars.zmodem import LINKS, Transcripts, zmodem_input
from tests.zmodem.pair import Pair, named

Attempt = Callable[[], Iterator[None]]

EXPIRIES: Final = 400  # waits in vain, by which a machine must have given up
SPANS: Final = 4  # pieces of a file a sender is given for one thing it was told
_FILES: Final = (named(b"\x18\xff*" * 2000), named(b"", "empty"))


def scripts_that_ship() -> list[str]:
    """Return the text of each."""
    return [path.read_text(encoding="utf-8") for path in sorted((CHECKOUT / "scripts").rglob("*.txt"))]


def script_attempt(chance: random.Random, shipped: Sequence[str]) -> Attempt:
    """Return the reading of one malformed script."""
    text = script_input(chance, shipped)
    return lambda: _read_script(text)


def _read_script(text: str) -> Iterator[None]:
    parsed = parse(text, "soak", "soak.txt")
    assert (parsed.script is None) == any(not problem.warning for problem in parsed.problems)
    for problem in parsed.problems:
        str(problem)
    yield


def zmodem_attempt(chance: random.Random, said: Transcripts) -> Attempt:
    """Return a transfer with a peer that speaks badly: we send, or we receive."""
    link = chance.choice(LINKS)
    options = SendOptions(link=link, window=chance.choice((0, 4096)))
    sends = chance.random() < 0.5
    data = zmodem_input(chance, said.receivers if sends else said.senders)
    cut = chance.randint(0, len(data))
    talk = _talk_to_sender if sends else _talk_to_receiver
    return lambda: talk(Pair(_FILES, options, ReceiveOptions(link=link)), (data[:cut], data[cut:]))


def _talk_to_sender(pair: Pair, pieces: Sequence[bytes]) -> Iterator[None]:
    _answer_sender(pair)
    yield from _said_to(pair.sender, pieces, lambda: _answer_sender(pair))


def _talk_to_receiver(pair: Pair, pieces: Sequence[bytes]) -> Iterator[None]:
    yield from _said_to(pair.receiver, pieces, lambda: _answer_receiver(pair))


def _said_to(machine: Sender | Receiver, pieces: Sequence[bytes], answer: Callable[[], None]) -> Iterator[None]:
    for piece in pieces:
        machine.receive_data(piece)
        while machine.behind:
            yield
            machine.receive_data(b"")
        answer()
    yield
    _wait_for(machine, answer)


def _answer_sender(pair: Pair) -> None:
    """Do what its driver does; a piece of the file at a time, for there is no line that would be full."""
    for event in pair.sender.events():
        pair.on_sent(event)
    for _ in range(SPANS):
        span = pair.sender.wanted(1024)
        if span is None:
            break
        pair.sender.supply(span, pair.files[0][1][span.offset : span.offset + span.size])
    pair.sender.data_to_send()


def _answer_receiver(pair: Pair) -> None:
    for event in pair.receiver.events():
        pair.on_received(event)
    pair.receiver.data_to_send()


def _wait_for(machine: Sender | Receiver, answer: Callable[[], None]) -> None:
    """Let the peer say nothing more: the machine has to end by itself."""
    now = 0.0
    for _ in range(EXPIRIES):
        if machine.over:
            machine.leftover()
            return
        due = machine.timeout(now)
        assert due is not None, "it waits for ever"
        now = max(now, due)
        machine.timeout(now)
        answer()
    raise AssertionError("it never ends")
