"""Whether a SPARQL query can ask for anything but the store, by its words alone.

Making a syntax tree takes longer than most queries do, and so does loading the parser. Neither is done where SERVICE
and FROM do not stand in the text: a keyword is there letter by letter, and so is an escape that could stand for a
letter of one.
"""

import re
from typing import NamedTuple


class QueryFault(Exception):  # noqa: N818 - it is sent to the other process as data
    """A query is not run: malformed, refused, not-acceptable (`kind`); `position`: line and column, if known."""

    def __init__(self, kind: str, detail: str, position: tuple[int, int] | None = None) -> None:
        self.kind = kind
        self.position = position
        super().__init__(detail)


class Dataset(NamedTuple):
    """Graphs that a query is asked of: those that make the default graph, and those that GRAPH can name."""

    default: tuple[str, ...]
    named: tuple[str, ...]


def may_reach(query: str) -> bool:
    """Whether the tree of a query must be looked at."""
    return bool(_WORDS.search(_NAMES.sub("", query)))


_NAMES = re.compile(r"[?$:]\w*", re.ASCII)
"""Variables, and names behind a prefix (`bg:validFrom`): taken as far as they go, they never end in a keyword."""

_WORDS = re.compile(r"service|from|\\u", re.IGNORECASE)
