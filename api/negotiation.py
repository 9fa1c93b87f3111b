"""Which format an answer has: `?format=` before the Accept header (RFC 9110, 12.5.1).

What an operation can serve is what it documents: the media types of its 200 answer, JSON first.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.problems import NotAcceptable
from api.strict import Strict

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"

FORMATS = {"json": JSON, "csv": CSV, "ndjson": NDJSON}
"""Media types of lists by the value of `format`."""


class Negotiated(Strict):
    """A route that answers 406 where it has no format that the client accepts, and else puts it in `request.state`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the choice of the format."""
        handle = super().get_route_handler()
        offers = self.offers()

        async def negotiated(request: Request) -> Response:
            accept = ",".join(request.headers.getlist("accept"))
            asked = request.query_params.get("format")  # what it may be, the operation checks
            chosen = best(accept, offers) if asked is None else FORMATS.get(asked, JSON)
            if chosen is None:
                raise NotAcceptable(f"this can be served as {', '.join(offers)}")
            request.state.media_type = chosen
            return await handle(request)

        return negotiated

    def offers(self) -> Sequence[str]:
        """The media types that can be served, the preferred one first."""
        return list(dict.fromkeys([JSON, *self.responses.get(200, {}).get("content", {})]))


def best(accept: str, offers: Sequence[str]) -> str | None:
    """The offer that a client likes most, the first of equals; None where it accepts none of them."""
    if not accept.strip():
        return offers[0]
    ranges = [_range(part) for part in accept.split(",")]
    liked = [(_quality(offer, ranges), -number) for number, offer in enumerate(offers)]
    quality, number = max(liked)
    return offers[-number] if quality > 0 else None


def _range(part: str) -> tuple[str, float]:
    """Media range and quality; parameters other than q are passed over, as no offer has any."""
    media, *parameters = (each.strip().lower() for each in part.split(";"))
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return media, 0.0
            return media, min(max(quality, 0.0), 1.0) if quality == quality else 0.0  # not NaN
    return media, 1.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """What the most specific range that fits says."""
    for fitting in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        found = [quality for media, quality in ranges if media == fitting]
        if found:
            return max(found)
    return 0.0
