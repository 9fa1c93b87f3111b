"""Pages of lists: `limit` and `cursor`, a body of `{items, next}` and a `Link` header (RFC 8288).

A cursor holds the sort key of the last item, never a number of items: a page stays right while items are added or
taken away before it. In CSV and NDJSON a list without `limit` is the whole rest of it, read page by page.
"""

import base64
import binascii
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, Literal, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.negotiation import FORMATS, JSON
from api.problems import Invalid
from api.tables import streamed

T = TypeVar("T")

Key = Sequence[str | float]
"""What a list is ordered by; unique in it, because it ends with an id."""

Fetch = Callable[[Key | None, int], Awaitable[Sequence[tuple[Key, Any]]]]
"""Gives up to so many items behind a key, in order, each with its own key."""

STREAMED = 10_000  # items that are read at once where all are asked for: each page may have to sort what is left
_INT64 = range(-(2**63), 2**63)


class BadCursor(Invalid):
    """A cursor that this list did not give."""

    type_ = "bad-cursor"
    title = "Bad cursor"

    def __init__(self) -> None:
        super().__init__((("query", "cursor"), "not a cursor of this list; take `next` of the page before"))


class Paged(BaseModel):
    """Query parameters that every list takes; others are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000, description="Items on a page; CSV and NDJSON without it have all items.")
    cursor: str | None = Field(None, description="`next` of the page before.", max_length=2000)
    format: Literal["json", "csv", "ndjson"] | None = Field(None, description="Goes before the Accept header.")

    def after(self, kinds: tuple[type, ...]) -> Any:
        """The sort key that the page starts after; None for the first.

        Raises:
            BadCursor: the cursor is not one of this list.
        """
        if self.cursor is None:
            return None
        try:
            key = json.loads(base64.urlsafe_b64decode(self.cursor.encode()))
        except (binascii.Error, UnicodeError, ValueError, RecursionError):
            key = None
        if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or not all(map(_storable, key)):
            raise BadCursor
        return key


def _storable(part: str | float) -> bool:
    """Whether a database can compare with it: no lone surrogates, no number beyond 64 bits."""
    if isinstance(part, str):
        return not any("\ud800" <= character <= "\udfff" for character in part)
    return part in _INT64 if isinstance(part, int) else math.isfinite(part)


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(None, description="Cursor of the next page; null on the last.")


async def answer(
    asked: Paged, request: Request, response: Response, item: type[BaseModel], kinds: tuple[type, ...], fetch: Fetch
) -> Page[Any] | Response:
    """What a list answers: a page as JSON, CSV or NDJSON, or all of its rest as a stream.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    after = asked.after(kinds)
    media = FORMATS[asked.format] if asked.format else request.state.media_type
    if media != JSON and "limit" not in asked.model_fields_set:
        return await streamed(media, item, request, _pages(fetch, after), {})
    found = await fetch(after, asked.limit + 1)
    following = None
    if len(found) > asked.limit:
        following = _cursor(found[asked.limit - 1][0])
        response.headers["Link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
    items = [each for _, each in found[: asked.limit]]
    if media != JSON:
        return await streamed(media, item, request, _once(items), response.headers)
    return Page(items=items, next=following)


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode()


async def _once(items: Sequence[Any]) -> AsyncIterator[Sequence[Any]]:
    yield items


async def _pages(fetch: Fetch, after: Key | None) -> AsyncIterator[Sequence[Any]]:
    while True:
        found = await fetch(after, STREAMED)
        yield [item for _, item in found]
        if len(found) < STREAMED:
            return
        after = found[-1][0]
