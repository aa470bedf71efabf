"""Who gets to see what: roles, secure pages, log-in, changed rights."""

from __future__ import annotations

from pathlib import Path

from sttelnet.members import Members
from sttelnet.passwords import Passwords
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import Store
from tests.daemon import config_with, daemon, dial

MODULE = """\
async def Enter(client, data):
    name, _, password = data.partition(" ")
    found = await client.log_in(name, password)
    if not hasattr(found, "role"):
        client.notice("no entry")
        return "refresh"
    return client.after_log_in()
"""
SITE = {
    "root": 'the root page of {% get:Name %}\n{% key:staff("s"); key:admin/keys("a"); key:login("l"); key:logoff("q") %}',
    "login": "name and word> {% set:Enter %}",
    "staff": '{% page:Role("operator") %}for operators\n',
    "admin/keys": "for admins\n",
    "h.py": MODULE + "\ndef Name(client):\n    return client.nick_name\n",
}
WORD = "correct horse"


async def add(server: Server, name: str, role: Role) -> None:
    added = await server.members.register(name, WORD, "127.0.0.1")
    assert hasattr(added, "role"), added
    await server.members.set_role(name, role)


async def test_a_guest_who_wants_more_is_led_to_log_in_and_then_to_what_they_wanted(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "olga", Role.OPERATOR)
        await peer.until("the root page of GUEST")
        await peer.send("s")
        await peer.until("name and word> ")
        await peer.line(f"olga {WORD}")
        await peer.until("for operators")


async def test_a_member_below_the_role_is_told_why_and_stays(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "mia", Role.MEMBER)
        await peer.until("the root page")
        await peer.send("l")
        await peer.until("name and word> ")
        await peer.line(f"mia {WORD}")
        await peer.until("the root page of mia")
        await peer.send("s")
        assert "for operators" not in await peer.until("Your role does not allow that page.")
        entries = await server.services.store.audit.latest(10)
        assert ("refused", "mia") in {(entry.event, entry.who) for entry in entries}


async def test_pages_under_admin_need_a_secure_channel(tmp_path: Path) -> None:
    config = config_with(server={"trusted_loopback": False})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("a")
        await peer.until("encrypted line")


async def test_without_a_log_in_page_a_guest_is_refused_with_a_sentence(tmp_path: Path) -> None:
    scripts = {"root": 'root\n{% key:staff("s") %}', "staff": '{% page:Role("member") %}members\n'}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("root")
        await peer.send("s")
        await peer.until("this site has no log-in")


async def test_a_lock_hangs_up_and_a_demotion_leads_to_root_at_once(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "olga", Role.OPERATOR)
        await peer.until("the root page")
        await peer.send("s")
        await peer.until("name and word> ")
        await peer.line(f"olga {WORD}")
        await peer.until("for operators")
        await server.members.set_role("olga", Role.MEMBER)
        server.hub.account_changed()
        await peer.until("Your role has changed.")
        await server.members.set_locked("olga", True)
        server.hub.account_changed()
        assert "locked" in await peer.rest()


async def test_another_process_that_locks_a_member_is_noticed(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "olga", Role.OPERATOR)
        await peer.until("the root page")
        await peer.send("l")
        await peer.until("name and word> ")
        await peer.line(f"olga {WORD}")
        await peer.until("the root page of olga")
        async with Store.open(tmp_path / "sttelnet.db") as store:
            other = Members(store, Passwords(), config_with().members, all_loopback=True)
            await other.set_locked("olga", True)
        assert "locked" in await peer.rest()


async def test_the_log_in_grace_and_the_idle_limit_end_a_session(tmp_path: Path) -> None:
    config = config_with(server={"login_grace": 0.3, "idle_timeout": 2.5})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as slow, dial(server) as idle:
        await idle.until("the root page")
        await slow.until("the root page")
        await slow.send("l")
        assert "Logging in took too long" in await slow.rest()
        assert "Nothing came from you" in await idle.rest()


async def test_a_full_host_says_so(tmp_path: Path) -> None:
    config = config_with(server={"max_sessions": 1})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as first, dial(server) as second:
        await first.until("the root page")
        assert "as many clients as it takes" in await second.rest()


async def test_a_drain_tells_everybody_and_ends(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await peer.until("the root page")
        server.stop()
        assert "going down" in await peer.rest()


async def test_who_leaves_the_log_in_is_no_longer_led_to_what_they_wanted(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "olga", Role.OPERATOR)
        await peer.until("the root page")
        await peer.send("s")
        await peer.until("name and word> ")
        await peer.send("\x03")
        await peer.until("the root page")
        await peer.send("l")
        await peer.until("name and word> ")
        await peer.line(f"olga {WORD}")
        await peer.until("the root page of olga")


async def test_admins_are_told_of_a_broken_edit_where_they_are(tmp_path: Path) -> None:
    config = config_with(scripts={"poll_interval": 0.05})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as admin, dial(server) as guest:
        await add(server, "ada", Role.ADMIN)
        await guest.until("the root page")
        await admin.until("the root page")
        await admin.send("l")
        await admin.until("name and word> ")
        await admin.line(f"ada {WORD}")
        await admin.until("the root page of ada")
        (tmp_path / "scripts/staff.txt").write_text("{% get:Nobody %}")
        await admin.until('scripts/staff.txt:1:8: unknown handler "Nobody"')
        assert "Nobody" not in await guest.quiet()


async def test_a_page_that_is_edited_to_be_for_others_is_taken_from_who_may_not_see_it(tmp_path: Path) -> None:
    config = config_with(scripts={"poll_interval": 0.05})
    scripts = {**SITE, "root": 'root\n{% key:news("n") %}', "news": "the news\n"}
    async with daemon(tmp_path, scripts, config) as server, dial(server) as peer:
        await peer.until("root")
        await peer.send("n")
        await peer.until("the news")
        (tmp_path / "scripts/news.txt").write_text('{% page:Role("admin") %}secret news\n')
        text = await peer.until("Log in to see that page.")
        assert "secret" not in text + await peer.quiet()
        assert "root" in text


async def test_who_logs_in_for_a_page_above_their_role_is_told_so_on_root(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await add(server, "mia", Role.MEMBER)
        await peer.until("the root page")
        await peer.send("a")
        await peer.until("name and word> ")
        await peer.line(f"mia {WORD}")
        await peer.until("Your role does not allow that page.")
        assert "the root page of mia" in peer.shown()
