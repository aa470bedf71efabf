from __future__ import annotations

import asyncio
import threading
import time

from sttelnet.health.lane import Lane, Look


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Riddle:
    """A question that is answered when the test says so."""

    def __init__(self) -> None:
        self.asked = 0
        self.solved = threading.Event()

    def __call__(self) -> int:
        self.asked += 1
        self.solved.wait(30)
        return self.asked


async def test_the_answer_comes_from_another_thread() -> None:
    lane = Lane("test", threading.get_ident)

    assert await lane.answer(5) not in (None, threading.get_ident())


async def test_whoever_asks_meanwhile_gets_the_same_answer() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(lane.answer(5)) for _ in range(10)]
        await asyncio.sleep(0)
        riddle.solved.set()

    assert [task.result() for task in asking] == [1] * 10


async def test_every_later_question_is_asked_anew() -> None:
    riddle = Riddle()
    riddle.solved.set()
    lane = Lane("test", riddle)

    assert [await lane.answer(5), await lane.answer(5)] == [1, 2]


async def test_a_question_that_hangs_is_given_up_and_never_asked_twice_at_a_time() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    threads = threading.active_count()

    answers = [await lane.answer(0.01) for _ in range(5)]

    assert answers == [None] * 5
    assert riddle.asked == 1
    assert threading.active_count() == threads + 1
    riddle.solved.set()


async def test_nobody_waits_a_second_time_for_a_question_that_hangs() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    await lane.answer(0.01)

    before = time.monotonic()
    assert await lane.answer(30) is None
    assert time.monotonic() - before < 10
    riddle.solved.set()


async def test_a_late_answer_is_there_for_the_next_who_asks() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    assert await lane.answer(0.01) is None

    riddle.solved.set()
    while (answer := await lane.answer(1)) is None:
        await asyncio.sleep(0.01)
    assert answer == 1
    assert await lane.answer(5) == 2


async def test_one_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    async with asyncio.TaskGroup() as group:
        leaves = group.create_task(lane.answer(5))
        stays = group.create_task(lane.answer(5))
        await asyncio.sleep(0.01)
        leaves.cancel()
        riddle.solved.set()

    assert stays.result() == 1


async def test_a_closed_lane_asks_nothing() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    lane.close()

    assert await lane.answer(5) is None
    assert riddle.asked == 0


def test_a_lane_answers_without_a_loop_too() -> None:
    riddle = Riddle()
    lane = Lane("test", riddle)
    assert lane.answer_now(0.01) is None

    riddle.solved.set()
    assert lane.answer_now(5) == 1


async def test_what_is_looked_at_is_asked_anew_only_when_it_is_old() -> None:
    clock = Clock()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    look = Look(Lane("test", make), clock)
    assert [await look.result(), await look.result()] == [1, 1]

    clock.now += 3
    assert await look.result() == 2


async def test_an_old_answer_is_shown_for_a_while_when_there_is_no_new_one() -> None:
    clock = Clock()
    answers = [1]
    look = Look(Lane("test", lambda: answers.pop() if answers else None), clock)
    assert await look.result() == 1

    clock.now += 30
    assert await look.result() == 1
    clock.now += 31
    assert await look.result() is None
