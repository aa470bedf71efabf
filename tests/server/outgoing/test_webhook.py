"""The web service that is told of changes."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from sttelnet.config import WebhookConfig
from sttelnet.health import State
from sttelnet.health.plugin import read_figures
from sttelnet.server.outgoing import Batch, Failure, WebhookWay
from tests.server.outgoing.peers import DRIP, HANG, Service, alert, serving_tls, web_service


def way(folder: Path, service: Service | None = None, url: str = "", **keys: object) -> WebhookWay:
    config = WebhookConfig(url=url or f"http://127.0.0.1:{service.port if service else 0}/hook?room=7", **keys)  # type: ignore[arg-type]
    return WebhookWay(lambda: config, lambda: "web-01", folder)


async def test_a_change_is_sent_as_json(tmp_path: Path) -> None:
    figures, _ = read_figures("used=97;80;90;0;100 free=U")
    told = alert(figures=figures, further="by folder\n/var", runbook="runbooks/disk", known_by="ada")
    async with web_service() as service:
        batch = Batch((told,))
        assert await way(tmp_path, service).tell(batch) is None
    (request,) = service.received
    assert request.line == "POST /hook?room=7 HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers
    assert request.json == {
        "version": 1,
        "id": batch.id,
        "text": "[web-01] CRITICAL Disk space (was OK): 97% used",
        "host": "web-01",
        "check": "disk",
        "title": "Disk space",
        "before": "OK",
        "after": "CRITICAL",
        "at": "1970-01-01T00:00:01Z",
        "output": "97% used",
        "further": "by folder\n/var",
        "figures": [
            {
                "label": "used",
                "value": 97.0,
                "unit": "",
                "warning": "80",
                "critical": "90",
                "least": 0.0,
                "most": 100.0,
            },
            {"label": "free", "value": None, "unit": "", "warning": "", "critical": "", "least": None, "most": None},
        ],
        "acknowledged_by": "ada",
        "note": "",
        "runbook": "runbooks/disk",
    }
    assert math.isnan(figures[1].value)


async def test_what_a_check_says_calls_nobody_in_a_chat_and_forges_no_line(tmp_path: Path) -> None:
    async with web_service() as service:
        assert await way(tmp_path, service).tell(Batch((alert('a <!channel> & "b"\r\nX: y\x1b[31m\u202e'),))) is None
    (request,) = service.received
    assert request.json["text"].endswith('a &lt;!channel&gt; &amp; "b" X: y[31m')
    assert request.json["output"] == 'a <!channel> & "b" X: y[31m'
    assert "x" not in request.headers


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("200 OK", None),
        ("204 No Content", None),
        ("500 Oops", Failure("the service answered 500", again=True)),
        ("503 Later", Failure("the service answered 503", again=True)),
        ("408 Slow", Failure("the service answered 408", again=True)),
        ("429 Too Many", Failure("the service answered 429", again=True)),
        ("400 Bad", Failure("the service answered 400", again=False)),
        ("404 Gone", Failure("the service answered 404", again=False)),
    ],
)
async def test_only_what_may_be_taken_later_is_sent_again(tmp_path: Path, answer: str, failure: Failure | None) -> None:
    async with web_service(Service([answer])) as service:
        assert await way(tmp_path, service).tell(Batch((alert(),))) == failure


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with web_service() as other:
        moved = Service(["307 Elsewhere"], f"Location: http://127.0.0.1:{other.port}/\r\n")
        async with web_service(moved) as service:
            failure = await way(tmp_path, service).tell(Batch((alert(),)))
    assert failure == Failure("the service answered 307", again=False)
    assert other.received == []


async def test_a_token_is_read_at_each_use_and_sent_to_this_host(tmp_path: Path) -> None:
    async with web_service() as service:
        hook = way(tmp_path, service, token_file="token")
        failure = await hook.tell(Batch((alert(),)))
        assert failure is not None
        assert failure.why == "health.webhook.token_file: No such file or directory"
        for secret in ("first", "second"):
            (tmp_path / "token").write_text(f" {secret} \nmore\n")
            assert await hook.tell(Batch((alert(),))) is None
    assert [one.headers["authorization"] for one in service.received] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("secret", ["", "\n", "a\rb", "tüv", "x" * 5000])
async def test_what_cannot_be_a_token_is_not_sent(tmp_path: Path, secret: str) -> None:
    (tmp_path / "token").write_bytes(secret.encode())
    async with web_service() as service:
        failure = await way(tmp_path, service, token_file="token").tell(Batch((alert(),)))
    assert failure is not None
    assert "its first line is to have" in failure.why
    assert service.received == []


async def test_a_token_does_not_travel_where_anybody_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    failure = await way(tmp_path, url="http://192.0.2.1/", token_file="token").tell(Batch((alert(),)))
    assert failure is not None
    assert not failure.again
    assert "over TLS" in failure.why


@pytest.mark.parametrize("answer", ["", DRIP])
async def test_a_service_that_hangs_is_left_in_time_and_called_again(tmp_path: Path, answer: str) -> None:
    async with web_service(Service([answer, "200 OK"])) as service, asyncio.timeout(HANG):
        hook = way(tmp_path, service, timeout=1.0)
        failure = await hook.tell(Batch((alert(),)))
        assert failure is not None
        assert failure.again
        while (failure := await hook.tell(Batch((alert(),)))) is not None:
            assert failure.why == "the try before still hangs"
            await asyncio.sleep(0.05)


async def test_where_nobody_listens_it_is_said(tmp_path: Path) -> None:
    async with web_service() as service:
        gone = way(tmp_path, service)
    failure = await gone.tell(Batch((alert(),)))
    assert failure is not None
    assert "refused" in failure.why


@pytest.mark.parametrize("url", ["http://[bad", "http://127.0.0.1:99999/", f"http://{'a' * 70}.test/"])
async def test_what_is_no_address_raises_nothing(tmp_path: Path, url: str) -> None:
    failure = await way(tmp_path, url=url).tell(Batch((alert(),)))
    assert failure is not None


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, certificate: Path) -> None:
    async with web_service(tls=serving_tls(certificate)) as service:
        hook = way(tmp_path, url=f"https://127.0.0.1:{service.port}/")
        failure = await hook.tell(Batch((alert(),)))
    assert failure is not None
    assert failure.why.startswith("the certificate is not trusted: ")
    assert service.received == []


async def test_a_certificate_the_host_trusts_is_taken(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    async with web_service(tls=serving_tls(certificate)) as service:
        hook = way(tmp_path, url=f"https://localhost:{service.port}/")
        assert await hook.tell(Batch((alert(after=State.WARNING),))) is None
    assert service.received[0].json["after"] == "WARNING"
