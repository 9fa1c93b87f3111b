"""A check for schemathesis, which it loads by name: what the description allows must be accepted.

Cypher and cursors are left out of it: whether such a text means something, no schema can tell.
"""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.specs.openapi.checks import positive_data_acceptance


@schemathesis.check
def accepted(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """As `positive_data_acceptance`, with those two left out."""
    if case.path == "/v1/cypher" or "cursor" in (case.query or {}):
        return None
    return positive_data_acceptance(ctx, response, case)
