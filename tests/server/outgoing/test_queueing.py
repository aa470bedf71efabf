"""What waits on one way out: order, retries, storms, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.config import MailConfig
from sttelnet.server.outgoing import Failure, MailWay, Outgoing
from sttelnet.server.outgoing.queueing import MOST_WAITING, PAUSES
from tests.server.outgoing.peers import LATER, NEVER, MailServer, Told, alert, mail_server, until

SHORT = (0.3, 0.3, 0.3, 0.3)


@asynccontextmanager
async def running(outgoing: Outgoing) -> AsyncIterator[Outgoing]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(outgoing.run())
        yield outgoing
        task.cancel()


def test_the_retries_last_about_ten_minutes() -> None:
    assert len(PAUSES) == 4
    assert 500 < sum(PAUSES) <= 600


async def test_what_fails_is_tried_again_before_what_came_later(caplog: pytest.LogCaptureFixture) -> None:
    way = Told([LATER, LATER])
    async with running(Outgoing(way, pauses=SHORT)) as outgoing:
        outgoing.put(alert(name="first"))
        outgoing.put(alert(name="second"))
        await until(lambda: len(way.batches) == 4)
    assert way.names == ["first", "first", "first", "second"]
    assert len({batch.id for batch in way.batches}) == 2
    assert [record.message for record in caplog.records] == ["test way failed: not now"] * 2


async def test_it_is_given_up_after_five_tries(caplog: pytest.LogCaptureFixture) -> None:
    way = Told([LATER] * 5)
    async with running(Outgoing(way, pauses=SHORT)) as outgoing:
        outgoing.put(alert(name="first"))
        outgoing.put(alert(name="second"))
        await until(lambda: way.names == ["first"] * 5 + ["second"])
    assert sum("is given up" in record.message for record in caplog.records) == 1


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    way = Told([NEVER])
    async with running(Outgoing(way, pauses=SHORT)) as outgoing:
        outgoing.put(alert(name="first"))
        outgoing.put(alert(name="second"))
        await until(lambda: way.names == ["first", "second"])


async def test_what_has_waited_as_long_as_the_retries_last_has_one_try() -> None:
    way = Told([LATER] * 6)
    outgoing = Outgoing(way, pauses=SHORT)
    outgoing.put(alert(name="old"))
    await asyncio.sleep(2 * sum(SHORT))
    async with running(outgoing):
        outgoing.put(alert(name="new"))
        await until(lambda: len(way.batches) >= 3)
    assert way.names[:3] == ["old", "new", "new"]


async def test_a_way_that_is_slow_holds_nobody_up_and_keeps_so_many(caplog: pytest.LogCaptureFixture) -> None:
    way = Told()
    way.open.clear()
    async with running(Outgoing(way)) as outgoing:
        outgoing.put(alert(name="first"))
        await until(lambda: way.names == ["first"])
        for at in range(MOST_WAITING + 50):
            outgoing.put(alert(name=f"c{at}"))
        assert [record.message for record in caplog.records] == [
            "test way is too slow: changes are left out from now on"
        ]
        way.open.set()
        await until(lambda: len(way.names) == 1 + MOST_WAITING)
        outgoing.put(alert(name="last"))
        await until(lambda: way.names[-1] == "last")
    assert caplog.records[-1].message == "test way had no room for changes"
    assert caplog.records[-1].__dict__["fields"] == {"left_out": 50}


async def test_what_is_not_wanted_or_not_configured_does_not_go_out() -> None:
    way = Told()
    async with running(Outgoing(way)) as outgoing:
        outgoing.put(alert("unwanted"))
        way.on = False
        outgoing.put(alert(name="off"))
        way.on = True
        outgoing.put(alert(name="on"))
        await until(lambda: way.names == ["on"])


async def test_a_way_that_is_taken_away_is_not_tried_again() -> None:
    way = Told([LATER] * 9)
    async with running(Outgoing(way, pauses=(0.2,) * 4)) as outgoing:
        outgoing.put(alert())
        await until(lambda: len(way.batches) == 1)
        way.on = False
        await outgoing.finish(10)
    assert len(way.batches) == 1


async def test_at_the_end_what_waits_is_tried_once_more_without_pauses(caplog: pytest.LogCaptureFixture) -> None:
    way = Told([LATER])
    async with running(Outgoing(way)) as outgoing:
        outgoing.put(alert(name="first"))
        outgoing.put(alert(name="second"))
        await until(lambda: len(way.batches) == 1)
        async with asyncio.timeout(10):
            await outgoing.finish(60)
    assert way.names == ["first", "first", "second"]
    assert "the daemon stops" not in caplog.text


async def test_at_the_end_what_takes_too_long_is_logged_as_not_told(caplog: pytest.LogCaptureFixture) -> None:
    way = Told()
    way.open.clear()
    async with running(Outgoing(way)) as outgoing:
        for _ in range(3):
            outgoing.put(alert())
        await until(lambda: len(way.batches) == 1)
        await outgoing.finish(0.05)
    (record,) = caplog.records
    assert record.message == "test way: the daemon stops, and these changes are not told of"
    assert record.__dict__["fields"] == {"changes": 3}


async def test_at_the_end_a_way_with_nothing_to_tell_is_not_waited_for() -> None:
    async with running(Outgoing(Told())) as outgoing, asyncio.timeout(10):
        await asyncio.sleep(0)
        await outgoing.finish(3600)


async def test_a_test_goes_past_the_queue_and_has_an_end() -> None:
    way = Told([LATER])
    outgoing = Outgoing(way)
    assert await outgoing.test(alert(), 10) == LATER
    assert await outgoing.test(alert(), 10) is None
    way.open.clear()
    assert await outgoing.test(alert(), 0.05) == Failure("no answer within 0.05 s")


async def test_a_storm_is_one_mail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with mail_server(MailServer({"banner": "421 later"})) as server:
        config = MailConfig(server="127.0.0.1", port=server.port, security="none", to=("ops@example.org",))
        way = MailWay(lambda: config, lambda: "web-01", tmp_path, gather=0.3)
        async with running(Outgoing(way, pauses=(0.1,) * 4)) as outgoing:
            for at in range(50):
                outgoing.put(alert(name=f"c{at}", title=f"c{at}"))
                await asyncio.sleep(0.001)
            await until(lambda: "failed" in caplog.text)
            server.replies.clear()
            await until(lambda: bool(server.letters))
            await outgoing.finish(10)
    (letter,) = server.letters
    assert letter["Subject"] == "[web-01] 50 changes: CRITICAL 50"
    assert len(letter.get_content().splitlines()) == 50


async def test_a_mail_that_is_gathered_for_is_sent_at_once_when_the_daemon_stops(tmp_path: Path) -> None:
    async with mail_server() as server:
        config = MailConfig(server="127.0.0.1", port=server.port, security="none", to=("ops@example.org",))
        async with running(Outgoing(MailWay(lambda: config, lambda: "web-01", tmp_path, gather=3600))) as outgoing:
            outgoing.put(alert())
            async with asyncio.timeout(10):
                await outgoing.finish(9)
    assert len(server.letters) == 1
