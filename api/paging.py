"""Pages of lists: `limit` and `cursor`, a body of `{items, next}` and a `Link` header (RFC 8288).

A cursor holds the sort key of the last item, so that a page stays right while items are added before it.
"""

import base64
import binascii
import json
from typing import Generic, TypeVar

from fastapi import Request, Response
from fastapi_problem.error import UnprocessableProblem
from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Key = list[str | float]


class Paged(BaseModel):
    """Query parameters that every list takes; others are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000, description="Items on a page.")
    cursor: str | None = Field(None, description="`next` of the page before.", max_length=2000)

    def after(self, kinds: tuple[type, ...]) -> Key | None:
        """The sort key that the page starts after; None for the first.

        Raises:
            UnprocessableProblem: the cursor is not one of this list.
        """
        if self.cursor is None:
            return None
        try:
            key = json.loads(base64.urlsafe_b64decode(self.cursor.encode()))
        except (binascii.Error, UnicodeError, ValueError, RecursionError):
            key = None
        if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
            raise UnprocessableProblem("cursor: not a cursor of this list; take `next` of the page before")
        return key


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(None, description="Cursor of the next page; null on the last.")


def page(items: list[T], keys: list[Key], asked: Paged, request: Request, response: Response) -> Page[T]:
    """A page out of up to `limit + 1` items, whose keys stand in the same order."""
    following = None
    if len(items) > asked.limit:
        key = json.dumps(keys[asked.limit - 1], ensure_ascii=False).encode()
        following = base64.urlsafe_b64encode(key).decode()
        response.headers["Link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
    return Page(items=items[: asked.limit], next=following)
