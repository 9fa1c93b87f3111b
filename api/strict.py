"""Unknown query parameters are refused where an operation takes none; where it takes some, its model refuses them."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.problems import NO_SUCH_PARAMETER, Invalid


class Strict(APIRoute):
    """A route that answers 422 to a query parameter which it would pass over in silence."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind that look at the query string."""
        handle = super().get_route_handler()
        if self.dependant.query_params or not self.include_in_schema:
            return handle

        async def strict(request: Request) -> Response:
            if request.scope["query_string"] and request.query_params:
                raise Invalid(*((("query", name), NO_SUCH_PARAMETER) for name in request.query_params))
            return await handle(request)

        return strict
