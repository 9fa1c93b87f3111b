"""Whatever goes wrong is answered with a problem that tells where, and nothing of the inside."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Body, FastAPI, Query
from starlette.responses import StreamingResponse

from api.cors import Cors
from api.logs import RequestLog, make_log
from api.parameters import ClassName, Day
from api.problems import LastResort, install
from graph.errors import DatabaseError, QueryTimeout, Unavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def application() -> FastAPI:
    app = FastAPI()
    install(app)

    @app.get("/parameters")
    async def parameters(
        day: Annotated[Day | None, Query()] = None,
        kind: Annotated[list[ClassName], Query()] = [],  # noqa: B006 - the framework's own way
        number: Annotated[int, Query(le=10)] = 0,
    ) -> None:
        return None

    @app.post("/body")
    async def body(given: Annotated[dict[str, int], Body()]) -> None:
        return None

    @app.get("/raise/{what}")
    async def fail(what: str) -> None:
        raise {
            "lost": Unavailable("no Neo4j answers"),
            "slow": QueryTimeout("too long"),
            "refused": DatabaseError("refused"),
            "bug": ValueError("secret"),
        }[what]

    @app.get("/cut")
    async def cut() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            yield b"first"
            raise ValueError

        return StreamingResponse(rows())

    log = make_log()
    app.add_middleware(LastResort, log=log)
    app.add_middleware(Cors, origins=["*"])
    app.add_middleware(RequestLog, log=log)
    return app


async def ask(method: str, path: str, *, headers: Mapping[str, str] = {}, **more: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(application())
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers={"Origin": "https://a.example", **headers}, **more)


@pytest.mark.parametrize(
    ("path", "status", "type_"),
    [
        ("/nothing", 404, "unknown-path"),
        ("/raise/lost", 503, "database-unavailable"),
        ("/raise/slow", 408, "query-timeout"),
        ("/raise/refused", 500, "database-error"),
        ("/raise/bug", 500, "internal-error"),
        ("/parameters?number=x", 422, "invalid-parameters"),
    ],
)
async def test_each_error_has_its_type(path: str, status: int, type_: str) -> None:
    answer = await ask("GET", path)
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"https://w3id.org/belgraph/problem/{type_}"
    assert body["title"]
    assert body["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_fault_of_the_program_tells_its_traceback_to_the_log_only(capsys: pytest.CaptureFixture[str]) -> None:
    answer = await ask("GET", "/raise/bug")
    assert "secret" not in answer.text
    error, request = capsys.readouterr().err.splitlines()
    id_ = f"request_id={answer.headers['x-request-id']}"
    assert "level=error" in error
    assert "ValueError: secret" in error
    assert id_ in error
    assert id_ in request
    assert "status=500" in request


async def test_an_answer_that_has_begun_is_cut_off() -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the server closes the connection on any error
        await ask("GET", "/cut")


@pytest.mark.parametrize(
    ("path", "loc", "msg"),
    [
        ("/parameters?number=x", ["query", "number"], "valid integer"),
        ("/parameters?number=11", ["query", "number"], "less than or equal to 10"),
        ("/parameters?day=2025-02-30", ["query", "day"], "no such day in the calendar"),
        ("/parameters?day=20250221", ["query", "day"], "a day such as 2025-06-21"),
        ("/parameters?day=٢٠٢٥-01-01", ["query", "day"], "a day such as 2025-06-21"),
        ("/parameters?kind=Person&kind=Persn", ["query", "kind"], "no class 'Persn'; near it: Person"),
        ("/parameters?kind=zzz", ["query", "kind"], "it has Agent"),
    ],
)
async def test_a_fault_says_where_it_is(path: str, loc: list[str], msg: str) -> None:
    (fault,) = (await ask("GET", path)).json()["errors"]
    assert fault["loc"] == loc
    assert msg in fault["msg"]
    assert fault.keys() == {"loc", "msg"}


async def test_a_fault_in_a_body_says_where_it_is() -> None:
    answer = await ask("POST", "/body", json={"a": "x" * 10_000})
    assert answer.json()["errors"] == [
        {"loc": ["body", "a"], "msg": "Input should be a valid integer, unable to parse string as an integer"}
    ]
    assert len(answer.content) < 600
    cut = await ask("POST", "/body", content=b'{"a":', headers={"Content-Type": "application/json"})
    (fault,) = cut.json()["errors"]
    assert fault == {"loc": ["body"], "msg": "not JSON at character 5: Expecting value"}


async def test_another_method_is_told_which_there_are() -> None:
    answer = await ask("PUT", "/parameters")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert re.fullmatch(r".*/method-not-allowed", answer.json()["type"])
