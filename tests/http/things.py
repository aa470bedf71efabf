"""Things that are watched, as the daemon would tell of them."""

from __future__ import annotations

from sttelnet.administration import Figures
from sttelnet.health import State
from sttelnet.health.plugin import Figure
from sttelnet.http import Scrape, Watched
from sttelnet.http.response import Response

OWN = Figures(
    started=1_000.0,
    sessions=3,
    most_sessions=50,
    members=2,
    calls=17,
    received=1_234,
    sent=56_789,
    lag=0.25,
    memory=2_000_000,
    warnings=4,
    errors=1,
    pages=11,
    problems=0,
    leaving=None,
)


def thing(
    name: str = "queue",
    state: State = State.OK,
    *,
    text: str = "all is well",
    title: str = "",
    figures: tuple[Figure, ...] = (),
    ran: bool = True,
    acknowledged: bool = False,
    muted: bool = False,
) -> Watched:
    """A check that has had its state since the second 100, and ran at 160 for half a second, if at all."""
    since, ran_at, took = (100.0, 160.0, 0.5) if ran else (None, None, None)
    return Watched(name, title or name, state, text, since, ran_at, took, figures, acknowledged, muted)


def scrape(*watched: Watched, state: State = State.OK, own: Figures = OWN) -> Scrape:
    """Everything of one moment."""
    return Scrape(state, watched, own)


class Host:
    """A daemon that knows what it was told."""

    def __init__(self, *watched: Watched, state: State = State.OK) -> None:
        self.told = scrape(*watched, state=state)

    def scrape(self) -> Scrape:
        return self.told

    def host(self) -> str:
        return "web-01"


def words(response: Response) -> str:
    """The body as text."""
    return response.body.decode()
