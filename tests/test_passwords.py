"""Hashing passwords off the loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters

from sttelnet.passwords import LONGEST_PASSWORD, Cost, Passwords

CHEAP = Cost(memory=8, passes=1)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    made.close()


async def hash_of(passwords: Passwords, password: str) -> str:
    hashed = await passwords.hash(password)
    assert hashed is not None
    return hashed


async def is_right(passwords: Passwords, hashed: str | None, password: str) -> bool:
    verified = await passwords.verify(hashed, password)
    assert verified is not None
    return verified.ok


async def test_a_password_matches_its_own_hash_only(passwords: Passwords) -> None:
    hashed = await hash_of(passwords, "correct horse")

    assert await is_right(passwords, hashed, "correct horse")
    assert not await is_right(passwords, hashed, "correct Horse")
    assert not await is_right(passwords, hashed, "")


async def test_one_password_has_a_new_hash_each_time(passwords: Passwords) -> None:
    assert await hash_of(passwords, "correct horse") != await hash_of(passwords, "correct horse")


async def test_the_defaults_are_argon2id_with_owasps_parameters() -> None:
    passwords = Passwords()
    parameters = extract_parameters(await hash_of(passwords, "correct horse"))
    passwords.close()

    assert (parameters.type.name, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        "ID",
        19 * 1024,
        2,
        1,
    )


async def test_a_hash_of_nobody_has_todays_parameters_and_matches_nothing(passwords: Passwords) -> None:
    real, nobody = await hash_of(passwords, "x"), passwords._nobody

    assert extract_parameters(nobody) == extract_parameters(real)
    assert not await is_right(passwords, None, "")
    assert not await is_right(passwords, None, "correct horse")


async def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    passwords = Passwords(Cost(memory=4096, passes=2), threads=1)
    hashed = await hash_of(passwords, "correct horse")

    async def quickest(known: str | None) -> float:
        taken = []
        for _ in range(15):
            began = time.perf_counter()
            await passwords.verify(known, "wrong")
            taken.append(time.perf_counter() - began)
        return min(taken)

    wrong, unknown = await quickest(hashed), await quickest(None)
    passwords.close()

    assert 0.1 < unknown / wrong < 10  # a skipped hash is hundreds of times quicker


async def test_other_parameters_ask_for_a_new_hash(passwords: Passwords) -> None:
    older = Passwords(Cost(memory=16, passes=1))
    hashed = await hash_of(older, "correct horse")
    older.close()

    verified = await passwords.verify(hashed, "correct horse")
    wrong = await passwords.verify(hashed, "wrong")

    assert verified is not None
    assert wrong is not None
    assert (verified.ok, verified.needs_rehash) == (True, True)
    assert (wrong.ok, wrong.needs_rehash) == (False, False)


async def test_a_hash_that_is_none_matches_nothing(passwords: Passwords) -> None:
    for spoilt in ("", "x", "$argon2id$v=19$m=8,t=1,p=1$AAAA", "$2b$12$abc", "$argon2id$" * 50):
        assert not await is_right(passwords, spoilt, "correct horse")


async def test_accents_composed_and_apart_are_one_password(passwords: Passwords) -> None:
    hashed = await hash_of(passwords, "caf\u00e9 au lait")

    assert await is_right(passwords, hashed, "cafe\u0301 au lait")


async def test_any_text_is_a_password(passwords: Passwords) -> None:
    for text in (" spaces  ", "漢字漢字", "\x00\x1b[2J", "\ud800", "\U0001f600"):
        hashed = await hash_of(passwords, text)
        assert await is_right(passwords, hashed, text)
        assert not await is_right(passwords, hashed, text + " ")


async def test_the_longest_password_is_taken_whole_and_a_longer_one_never_matches(passwords: Passwords) -> None:
    longest = "é" * (LONGEST_PASSWORD // 2)
    hashed = await hash_of(passwords, longest)

    assert await is_right(passwords, hashed, longest)
    assert not await is_right(passwords, hashed, longest[:-1])
    assert not await is_right(passwords, hashed, longest + "x")
    with pytest.raises(ValueError, match="past the limit"):
        await passwords.hash(longest + "x")


async def test_past_the_cap_it_says_busy_at_once_and_recovers() -> None:
    passwords = Passwords(CHEAP, threads=1, most_waiting=2)
    gate = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(passwords._run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)

        assert await passwords.hash("x") is None
        assert await passwords.verify(None, "x") is None
        gate.set()

    assert [task.result() for task in waiting] == [True] * 3
    assert await passwords.hash("x") is not None
    passwords.close()


async def test_clients_that_hang_up_give_their_turn_back() -> None:
    passwords = Passwords(CHEAP, threads=1, most_waiting=2)
    gate = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(passwords._run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting[1:]:
            task.cancel()
        await asyncio.sleep(0)

        later = tasks.create_task(passwords.hash("x"))
        gate.set()

    assert later.result() is not None
    passwords.close()


async def test_the_loop_serves_others_while_it_hashes() -> None:
    passwords = Passwords(Cost(memory=8192, passes=4), threads=1)
    turns = 0
    async with asyncio.TaskGroup() as tasks:
        hashing = tasks.create_task(passwords.hash("x"))
        while not hashing.done():
            await asyncio.sleep(0)
            turns += 1

    passwords.close()
    assert turns > 10


async def test_closing_ends_the_threads() -> None:
    passwords = Passwords(CHEAP)
    await passwords.hash("x")
    threads = list(passwords._pool._threads)

    passwords.close()

    for thread in threads:
        thread.join(5)
    assert threads
    assert not any(thread.is_alive() for thread in threads)
