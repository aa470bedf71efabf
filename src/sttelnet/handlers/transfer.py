"""Handlers that move files between a client and the file areas."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sttelnet.areas import Area, AreaFile, DownloadLedger, UploadLedger
from sttelnet.charset import clean
from sttelnet.client import Client
from sttelnet.handlers.areas import NO_AREA, NOT_THERE, area_of
from sttelnet.handlers.choice import Choice, choice_of, picked
from sttelnet.outcome import BACK, Outcome
from sttelnet.role import Role
from sttelnet.transfer import Ending, Report

MAY_NOT_TAKE: Final = "You may not take files from {}."
LOG_IN: Final = "Log in to take files from {}."
LEFT: Final = "The area {} is no longer there."
MAY_NOT_GIVE: Final = "You may not bring files to {}."
LOG_IN_TO_GIVE: Final = "Log in to bring files to {}."
NOTHING: Final = "Nothing was chosen."
LONGEST: Final = 200  # characters of a description

_OPEN: Final = {Ending.CANCELLED, Ending.FAILED}  # worth another try: the marks stay


async def STDownload(client: Client, block: int = 0) -> Outcome:
    """Send the marked files by ZModem; without marks it is asked which. `block` is 1024 or 8192, else the config's."""
    choice = choice_of(client)
    files = list(choice.marked.values()) or await _asked(client, choice)
    sources = _allowed(client, choice, files)
    if not sources:
        return BACK
    services = client.services
    ledger = DownloadLedger(services.areas, sources, services.store, services.config.files, client.mover(), client.log)
    report = await client.zmodem.send_files(list(sources), block=block or None, ledger=ledger)
    for file in report.files:
        if file.path is not None and file.ending not in _OPEN:
            choice.unmark(sources[file.path].name, file.name)
    _tell(client, report)
    return BACK


async def _asked(client: Client, choice: Choice) -> list[AreaFile]:
    answer = await client.ask("Which files? Numbers as 1 3-5, names, or all: ") if choice.shown else ""
    files = picked(answer, choice.shown)
    if files is None:
        client.notice(NOT_THERE)
    elif not files:
        client.notice(NOTHING)
    return files or []


def _allowed(client: Client, choice: Choice, files: list[AreaFile]) -> dict[Path, Area]:
    """Return the paths of those files the client may take, and their areas; of the others it is told why not."""
    sources: dict[Path, Area] = {}
    refusals: dict[str, None] = {}  # each once
    for file in files:
        area = client.services.areas.find(file.area)
        if area is None:
            choice.unmark(file.area, file.name)
            refusals[LEFT.format(file.area)] = None
        elif area.may_download(client.role):
            sources[area.directory / file.name] = area
        else:
            may_log_in = client.user_id is None and area.may_download(Role.MEMBER)
            refusals[(LOG_IN if may_log_in else MAY_NOT_TAKE).format(area.title)] = None
    for sentence in refusals:
        client.notice(sentence)
    return sources


async def STUpload(client: Client) -> Outcome:
    """Receive files by ZModem into the open area, then ask what each of them is."""
    area, services = area_of(client), client.services
    if area is None:
        client.notice(NO_AREA)
        return BACK
    if not area.may_upload(client.role):
        may_log_in = client.user_id is None and area.may_upload(Role.MEMBER)
        client.notice((LOG_IN_TO_GIVE if may_log_in else MAY_NOT_GIVE).format(area.title))
        return BACK
    ledger = UploadLedger(services.areas, area, services.store, services.config.files, client.mover(), client.log)
    sender = f"member {client.user_id}" if client.user_id is not None else ""
    try:
        report = await client.zmodem.receive_files(area.directory, sender=sender, ledger=ledger)
    except OSError as error:
        client.log.error("area %s cannot be written: %s", area.name, error)
        client.notice("This area cannot be written now; tell the operators.")
        return BACK
    finally:
        ledger.close()
    _tell(client, report)
    await _describe(client, area, report)
    return BACK


async def _describe(client: Client, area: Area, report: Report) -> None:
    """Ask for a line about each file that came without one of its own."""
    areas = client.services.areas
    files = await areas.files(area)
    described = {file.name for file in files if file.description} if isinstance(files, list) else set()
    for file in report.done:
        if file.name in described:
            continue
        words = " ".join(clean(await client.ask(f"What is {file.name}? ")).split())[:LONGEST]
        if words:
            await client.services.store.files.describe(area.name, file.name, words)
            areas.changed(area)


def _tell(client: Client, report: Report) -> None:
    for line in report.lines():
        client.notice(line)
    if not report.files and not report.why:
        client.notice("No files were moved.")
