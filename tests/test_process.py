"""Process trees, of real processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import psutil
import pytest

from sttelnet.process import end_tree
from tests.shell_site import alive, eventually

if sys.platform == "win32":
    pytest.skip("its trees are made by sh", allow_module_level=True)


async def tree(script: str, count: int) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """Start a shell script in a session of its own; return it and its descendants, once there are so many."""
    root = subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True)
    found = psutil.Process(root.pid)
    await eventually(lambda: len(found.children(recursive=True)) >= count)
    return root, [found, *found.children(recursive=True)]


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("sleep 600 & sleep 601 & wait", 2),
        ("(sleep 600 & exec sleep 601) & wait", 2),
        ("trap '' HUP TERM; (trap '' HUP TERM; sleep 600; :) & wait; :", 2),
        ("nohup sleep 600 >/dev/null 2>&1 & wait", 1),
        ("setsid sleep 600 & wait", 1),
    ],
    ids=["children", "grandchildren", "deaf ones", "nohup", "a session of its own"],
)
async def test_all_that_a_process_has_started_is_ended(script: str, count: int) -> None:
    root, family = await tree(script, count)
    await end_tree(root.pid, grace=0.3)
    assert not [process for process in family if alive(process)]
    root.wait()


async def test_those_that_were_left_behind_in_the_session_are_ended_too() -> None:
    root = subprocess.Popen(["/bin/sh", "-c", "sleep 600 & echo $!"], start_new_session=True, stdout=subprocess.PIPE)
    assert root.stdout is not None
    orphan = psutil.Process(int(root.stdout.readline()))
    await eventually(lambda: not alive(psutil.Process(root.pid)))  # ended, and not waited for: its number is kept
    assert alive(orphan)
    await end_tree(root.pid, grace=0.3)
    assert not alive(orphan)
    root.wait()
    root.stdout.close()


async def test_one_that_is_stopped_is_ended() -> None:
    root, family = await tree("sleep 600 & wait", 1)
    for process in family:
        process.suspend()
    await end_tree(root.pid, grace=0.3)
    assert not [process for process in family if alive(process)]
    root.wait()


async def test_those_that_listen_are_asked_before_they_are_killed(tmp_path: object) -> None:
    root, _ = await tree(f"trap 'echo asked > {tmp_path}/said; exit' TERM HUP; while :; do sleep 0.05; done", 1)
    await end_tree(root.pid, grace=3.0)
    with open(f"{tmp_path}/said", encoding="ascii") as said:
        assert said.read() == "asked\n"
    root.wait()


async def test_those_that_are_started_meanwhile_are_ended_too() -> None:
    deaf = "trap '' HUP TERM; while :; do sleep 0.05; sleep 601; done"
    root, family = await tree(f'setsid sh -c "{deaf}" & wait', 2)
    (outside,) = family[0].children()
    await end_tree(root.pid, grace=0.5)
    assert not [process for process in family if alive(process)]
    assert not [
        one
        for one in psutil.process_iter(["ppid", "cmdline"])
        if one.info["cmdline"] == ["sleep", "601"] and alive(one)
    ]
    assert not alive(outside)
    root.wait()


async def test_one_that_never_stops_starting_others_is_ended() -> None:
    root, _ = await tree("trap '' HUP TERM; while :; do sleep 602 & sleep 0.002; done", 5)
    await end_tree(root.pid, grace=0.1)
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "602"]]
    root.wait()


async def test_a_program_that_asyncio_waits_for_is_ended_with_all_it_left_behind() -> None:
    program = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", "trap '' HUP TERM; sleep 603 & echo $!; exec sleep 604", start_new_session=True, stdout=-1
    )
    assert program.stdout is not None
    behind = psutil.Process(int(await program.stdout.readline()))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(program.wait())  # which gives its number back at once
        tasks.create_task(end_tree(program.pid, grace=0.3))
    assert not alive(behind)
    assert program.returncode == -9


async def test_who_has_the_number_by_now_is_left_alone() -> None:
    # One that leads a session and is not ours, as if it had been given the number of one that was.
    said = subprocess.run(["/bin/sh", "-c", "setsid sleep 600 >&- & echo $!"], stdout=subprocess.PIPE, check=True)
    stranger = psutil.Process(int(said.stdout))
    await eventually(lambda: os.getsid(stranger.pid) == stranger.pid)
    await end_tree(stranger.pid, grace=0.1)
    assert alive(stranger)
    stranger.kill()


async def test_given_up_it_kills_at_once_and_is_not_over_before() -> None:
    root, family = await tree("trap '' HUP TERM; (trap '' HUP TERM; sleep 600; :) & wait; :", 2)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await end_tree(root.pid, grace=60.0)
    assert time.monotonic() - began < 30.0
    assert not [process for process in family if alive(process)]
    root.wait()


async def test_who_holds_the_other_end_hangs_up_once_all_are_known(tmp_path: object) -> None:
    root, family = await tree("sh -c 'trap \"\" HUP TERM; sleep 600; :' & exec sleep 601", 2)
    seen: list[bool] = []

    def hang_up() -> None:
        seen.append(alive(family[0]))
        family[0].kill()

    await end_tree(root.pid, grace=0.1, hang_up=hang_up)
    assert seen == [True]
    assert not [process for process in family if alive(process)]
    root.wait()


@pytest.mark.parametrize("number", [-1, 0, 1])
async def test_what_stands_for_many_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not a child's number"):
        await end_tree(number, grace=0.0)


async def test_others_are_left_alone() -> None:
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    root, _ = await tree("sleep 600 & wait", 1)
    await end_tree(root.pid, grace=0.3)
    assert alive(psutil.Process(other.pid))
    root.wait()
    other.kill()
    other.wait()


async def test_what_is_gone_already_takes_no_time() -> None:
    root = subprocess.Popen(["true"], start_new_session=True)
    root.wait()
    began = time.monotonic()
    await end_tree(root.pid, grace=60.0)
    assert time.monotonic() - began < 30.0


async def test_the_loop_goes_on_meanwhile() -> None:
    root, _ = await tree("trap '' HUP TERM; (trap '' HUP TERM; sleep 600; :) & wait; :", 1)
    turns = 0
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(end_tree(root.pid, grace=0.5))
        while not ending.done():
            turns += 1
            await asyncio.sleep(0.01)
    assert turns > 10
    root.wait()
