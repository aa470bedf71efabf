from __future__ import annotations

import threading
from pathlib import Path

from sttelnet.handlers.blame import place_of_thread
from sttelnet.handlers.loader import load_modules
from tests.daemon import write_site

WAIT = "def Wait(started, go_on):\n    started.set()\n    go_on.wait()\n"


def place_while_waiting(tmp_path: Path, name: str) -> str:
    tree = write_site(tmp_path, {name: WAIT})
    modules = load_modules(tree)
    started, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=modules.handlers["Wait"].function, args=(started, go_on))
    thread.start()
    try:
        assert started.wait(10)
        modules.forget()  # a reload, meanwhile
        return place_of_thread(thread.ident)
    finally:
        go_on.set()
        thread.join(10)


def test_the_line_of_a_sites_module_is_named_as_errors_name_it(tmp_path: Path) -> None:
    assert place_while_waiting(tmp_path, "work.py").startswith("scripts/work.py:")
    assert place_while_waiting(tmp_path, "deep/er/work.py").startswith("scripts/deep/er/work.py:")


def test_a_package_is_named_by_its_file(tmp_path: Path) -> None:
    assert place_while_waiting(tmp_path, "lib/__init__.py").startswith("scripts/lib/__init__.py:")


def test_a_thread_that_has_ended_is_nowhere() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join(10)
    assert place_of_thread(thread.ident) == ""
    assert place_of_thread(None) == ""
