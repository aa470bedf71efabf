"""`sttelnet serve`: run the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from msgspec.structs import replace

from sttelnet import __version__, logs
from sttelnet.cli.children import watch_by_descriptor
from sttelnet.cli.descriptors import most_clients, raise_descriptor_limit
from sttelnet.cli.parser import add_server_options, make_parser, overrides
from sttelnet.cli.plan import make_plan
from sttelnet.cli.site import Site, find_site, load
from sttelnet.config import Config
from sttelnet.server import Server

EXAMPLES = (
    "sttelnet serve                          the site in this folder, else the one that ships",
    "sttelnet serve --config /srv/mybox      a site of your own",
    "sttelnet serve --port 7000 --data /tmp  another port, the database in /tmp",
)


def run(arguments: Sequence[str]) -> int:
    """Serve until told to stop."""
    parser = make_parser("serve", "Serve a site over telnet.", EXAMPLES)
    add_server_options(parser)
    parser.add_argument("--strict", action="store_true", help="do not start with any script broken")
    options = parser.parse_args(arguments)
    given = overrides(options)

    site = find_site(options.config)
    raise_descriptor_limit()
    written = load(site, given).config
    config = _within_descriptors(written)

    def taken(fresh: Config) -> None:
        logs.set_level(fresh.log.level)

    announce(first_line(site))
    if config is not written:
        announce(f"clients   {config.server.max_sessions} at most: this process may open no more files (ulimit -n)")
    plan = make_plan(
        site,
        config,
        announce,
        reload=lambda: _within_descriptors(load(site, given).config),
        taken=taken,
        owns_process=True,
        strict=options.strict,
    )
    plan.data.mkdir(parents=True, exist_ok=True)
    _spare_collections()
    watch_by_descriptor()
    with _stacks_at_a_crash(), _ending_well(), logs.running(config.log), asyncio.Runner() as runner:
        return runner.run(Server(plan).run())


def _within_descriptors(config: Config) -> Config:
    """Let in as many clients as there are descriptors for: those above are told so, where they would hang."""
    most = most_clients()
    if most is None or config.server.max_sessions <= most:
        return config
    return replace(config, server=replace(config.server, max_sessions=most))


def announce(line: str) -> None:
    """Print one line of the start, at once even into a pipe. A full disk behind standard output stops no service."""
    try:
        print(line, flush=True)
    except OSError:
        _give_up(sys.stdout)


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """Write what standard error still holds at the end; where that fails, Python would end with status 120 for it."""
    try:
        yield
    finally:
        try:
            sys.stderr.flush()
        except OSError:
            _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Send what a stream still gets nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextlib.contextmanager
def _stacks_at_a_crash() -> Iterator[None]:
    """Write every thread's stack to standard error at a crash, and at SIGABRT, which systemd's watchdog sends."""
    if faulthandler.is_enabled():
        yield
        return
    with contextlib.suppress(AttributeError, OSError, ValueError, RuntimeError):  # there is no standard error
        faulthandler.enable()
    try:
        yield
    finally:
        faulthandler.disable()


def first_line(site: Site) -> str:
    """Say which configuration is used."""
    if site.config_path is not None:
        return f"sttelnet {__version__}  (config {site.config_path})"
    return f"sttelnet {__version__}  (no config.toml here: using built-in defaults; `sttelnet init DIR` writes one)"


def _spare_collections() -> None:
    """Keep full garbage collections rare: one stops every client for 0.1 s at 1,000 sessions, 0.3 s at 5,000.

    A session leaves no cycle behind but its asyncio transport, 1.5 KiB: at 20 the oldest generation is
    collected before 20,000 of them have come and gone.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 20)
