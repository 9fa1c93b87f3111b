"""What schemathesis does not know of this API, which it loads by name.

What the description allows must be accepted. Cypher, SPARQL and cursors are left out of that: whether such a text means
something, no schema can tell.
"""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response, SerializationContext
from schemathesis.specs.openapi.checks import positive_data_acceptance

QUERIES = ("/v1/cypher", "/sparql")


@schemathesis.check
def accepted(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """As `positive_data_acceptance`, with those left out."""
    if case.path in QUERIES or "cursor" in (case.query or {}):
        return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.serializer("application/sparql-query")
def text(_: SerializationContext, body: Any) -> bytes:
    """A query is sent as it is."""
    return body if isinstance(body, bytes) else str(body).encode(errors="surrogatepass")
