"""What the person at the console sees at the start, and what the log warns of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from sttelnet.config import Config, beyond_loopback
from sttelnet.errors import ConfigError
from sttelnet.logs import event_logger
from sttelnet.members import Members
from sttelnet.members.accounts import FIRST_ADMIN
from sttelnet.members.rules import check_password
from sttelnet.script.model import Problem
from sttelnet.server.outgoing.secret import read_secret
from sttelnet.server.plan import Plan
from sttelnet.tree import Tree
from sttelnet.words import count_words

log = event_logger(__name__)


def log_problems(problems: Iterable[Problem]) -> None:
    """Say what is wrong with scripts."""
    for problem in problems:
        log.log(logging.WARNING if problem.warning else logging.ERROR, "%s", problem)


def warn_of(config: Config) -> None:
    """Say what a site has chosen that others might not have."""
    if config.shell.enabled and config.shell.insecure:
        log.warning("shell.insecure: the shell opens over lines that anybody on the way can read")
    far = beyond_loopback(config.server.listen)
    if far:
        log.warning("server.allow_plaintext: whoever is on the way to %s can read everything there", ", ".join(far))


def announce_tree(plan: Plan, tree: Tree) -> None:
    """Say which scripts are served."""
    pages, problems = count_words(len(tree.scripts), "page"), count_words(len(tree.problems), "problem")
    plan.announce(f"scripts   {plan.scripts}, {pages}, {problems}")


async def announce_admin(plan: Plan, members: Members) -> None:
    """Say who the first admin is, where there was none, or that there is none. Raises ConfigError."""
    given = await _given_password(plan) if not await members.all() else None
    password = await members.first_admin(given)
    if password is not None:
        shown = (
            f"{password}   (shown once; you will choose a new one)"
            if given is None
            else "as in members.first_password_file"
        )
        plan.announce(f'admin     member "{FIRST_ADMIN}", one-time password  {shown}')
    elif not await members.has_admin():
        plan.announce("admin     NONE: no member has that role (`sttelnet member role NAME admin` gives it)")


async def _given_password(plan: Plan) -> str | None:
    """Return the first admin's password where config.toml names a file with it. Raises ConfigError."""
    key, config = "members.first_password_file", plan.config.members
    if not config.first_password_file:
        return None
    found = await asyncio.to_thread(read_secret, plan.home / config.first_password_file, key)
    if not isinstance(found, str):
        raise ConfigError([found.why])
    refusal = check_password(FIRST_ADMIN, found, config.min_password)
    if refusal is not None:
        raise ConfigError([f"{key}: {refusal.value}"])
    return found


def announce_ready(plan: Plan, seconds: float, port: int) -> None:
    """Say that clients may come."""
    plan.announce(f"ready in {seconds:.2f} s.   Connect:  telnet localhost {port}     Stop: Ctrl-C")
