"""Files received over a pipe."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from sttelnet.zmodem.driver import Driver
from sttelnet.zmodem.events import CommandRefused, Data, Event, FileEnd, FileLost, Offer
from sttelnet.zmodem.folder import Folder, Incoming
from sttelnet.zmodem.info import FileInfo
from sttelnet.zmodem.pipe import Pipe
from sttelnet.zmodem.progress import Progress
from sttelnet.zmodem.receiver import Receiver

_FEW: Final = 64 * 1024  # bytes at a time, and the other side is slower than we are
_MOMENT: Final = 0.001  # seconds


def receive(receiver: Receiver, folder: Path, pipe: Pipe, progress: Progress) -> int:
    """Receive files into a folder; return how many did not make it."""
    return _Receiving(receiver, Folder(folder), pipe, progress).run()


class _Receiving(Driver):
    def __init__(self, receiver: Receiver, folder: Folder, pipe: Pipe, progress: Progress) -> None:
        super().__init__(receiver, pipe, progress)
        self._receiver, self._folder = receiver, folder
        self._info = FileInfo(b"")
        self._incoming: Incoming | None = None

    def run(self) -> int:
        """Carry the transfer to its end, and leave nothing half received behind."""
        try:
            return super().run()
        finally:
            self._drop()

    def _turn(self, seconds: float | None, *, more: bool) -> bool:
        """Exchange bytes once. In a run of data some may gather first: many small reads cost more than a large one."""
        if self._receiver.pouring and self._arrived < _FEW:
            time.sleep(_MOMENT)
        return super()._turn(seconds, more=more)

    def _on_event(self, event: Event) -> None:
        try:
            self._on_file_event(event)
        except OSError as error:
            self._lost(f"{error.filename or 'writing'}: {error.strerror}")
            self._receiver.cancel()

    def _on_file_event(self, event: Event) -> None:
        match event:
            case Offer(info):
                self._begin(info)
            case Data(offset, data):
                if self._incoming is not None:
                    self._incoming.write(data)
                self._progress.at(offset)
            case FileEnd(size):
                self._publish(size)
            case FileLost():
                self._lost("the sender left a file before its end")
                self._drop()
            case CommandRefused(command):
                self._lost(f"refused to run {command!a}")
            case _:
                super()._on_event(event)

    def _begin(self, info: FileInfo) -> None:
        self._drop()
        self._info = info
        self._incoming = self._folder.receive(info.name)
        if self._incoming is None:
            self._lost(f"{info.name!a}: there is one already, or no file may be called so")
            self._receiver.skip()
        else:
            self._progress.begin(ascii(self._incoming.name)[1:-1], info.size)
            self._receiver.accept()

    def _publish(self, size: int) -> None:
        if self._incoming is not None and self._incoming.publish(self._info.mtime):
            self._progress.end(size)
            self._receiver.complete()
        else:
            self._lost("the name was taken meanwhile")
            self._receiver.skip()
        self._incoming = None

    def _drop(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None
