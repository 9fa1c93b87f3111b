"""The one form in which the store writes a time: UTC with milliseconds.

Cypher compares these times as texts, SPARQL as times; the two agree on texts of this form only.
"""

import re
from datetime import datetime
from functools import lru_cache

RULE = "a time in UTC with milliseconds, such as 2026-11-25T09:00:00.123Z"

_FORM = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z", re.ASCII)


def is_time(found: object) -> bool:
    """Whether the store could have written it."""
    return isinstance(found, str) and _is_time(found)


@lru_cache(1_000)
def _is_time(text: str) -> bool:
    if not _FORM.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # a day or a minute that no calendar or clock has
        return False
    return True
