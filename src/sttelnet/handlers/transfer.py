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
from sttelnet.transfer import Report

MAY_NOT_TAKE: Final = "You may not take files from {}."
LOG_IN: Final = "Log in to take files from {}."
MAY_NOT_GIVE: Final = "You may not bring files to this area."
NOTHING: Final = "Nothing was chosen."
LONGEST: Final = 200  # characters of a description


async def STDownload(client: Client, block: int = 0) -> Outcome:
    """Send the marked files by ZModem; without marks it is asked which. `block` is 1024 or 8192, else the config's."""
    choice = choice_of(client)
    files = list(choice.marked.values()) or await _asked(client, choice)
    sources = _allowed(client, files)
    if not sources:
        return BACK
    services = client.services
    ledger = DownloadLedger(services.areas, sources, services.store, services.config.files, client.mover(), client.log)
    report = await client.zmodem.send_files(list(sources), block=block or None, ledger=ledger)
    for file in report.done:
        if file.path is not None:
            choice.marked.pop((sources[file.path].name, file.name), None)
    _tell(client, report)
    return BACK


async def _asked(client: Client, choice: Choice) -> list[AreaFile]:
    answer = await client.ask("Which files? Numbers as 1 3-5, names, or all: ")
    files = picked(answer, choice.shown)
    if files is None:
        client.notice(NOT_THERE)
    elif not files:
        client.notice(NOTHING)
    return files or []


def _allowed(client: Client, files: list[AreaFile]) -> dict[Path, Area]:
    """Return the paths of those files the client may take, and their areas."""
    sources: dict[Path, Area] = {}
    for file in files:
        area = client.services.areas.find(file.area)
        if area is not None and area.may_download(client.role):
            sources[area.directory / file.name] = area
        else:
            sentence = LOG_IN if client.user_id is None else MAY_NOT_TAKE
            client.notice(sentence.format(area.title if area else file.area))
            return {}
    return sources


async def STUpload(client: Client) -> Outcome:
    """Receive files by ZModem into the open area, then ask what each of them is."""
    area, services = area_of(client), client.services
    if area is None or not area.may_upload(client.role):
        client.notice(MAY_NOT_GIVE if area else NO_AREA)
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
