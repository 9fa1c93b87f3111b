"""What a SPARQL query may not do, read from its syntax tree (SPARQL 1.1 Query Language, section 19).

It may not ask another server (SERVICE) nor name a graph in FROM that the store does not hold. Updates are another
language and do not parse.

Making the tree takes longer than most queries do. It is not made where neither word stands in the text: a keyword is
there letter by letter, and so is an escape that could stand for a letter of one.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from pyparsing.exceptions import ParseBaseException
from rdflib.plugins.sparql.algebra import translatePrologue
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

KEPT = 128
"""Verdicts that are kept, for queries that are asked again."""


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


def check(query: str, graphs: Collection[str], base: str | None = None) -> Dataset | None:
    """Look a query through before it is evaluated over a store with these graphs; what it chooses of them by FROM.

    Raises:
        QueryFault: it does not parse, or asks for what it may not.
    """
    if not _WORDS.search(_NAMES.sub("", query)):
        return None
    chosen = _dataset(query, base)
    for graph in (*chosen.default, *chosen.named) if chosen else ():
        if graph not in graphs:
            raise QueryFault("refused", f"FROM: there is no graph <{graph[:200]}>")
    return chosen


_NAMES = re.compile(r"[?$:]\w*", re.ASCII)
"""Variables, and names behind a prefix (`bg:validFrom`): taken as far as they go, they never end in a keyword."""

_WORDS = re.compile(r"service|from|\\u", re.IGNORECASE)


@lru_cache(KEPT)
def _dataset(query: str, base: str | None) -> Dataset | None:
    # For the engine a lone CR ends a comment, for this parser only LF does: a SERVICE could hide behind it.
    text = re.sub("\r\n?", "\n", query)
    default: list[str] = []
    named: list[str] = []
    try:
        prologue, body = parseQuery(text)
        resolve = translatePrologue(prologue, base).absolutize
        for node in _nodes(body):
            if node.name == "ServiceGraphPattern":
                raise QueryFault("refused", "SERVICE: this endpoint asks no other server")
            if node.name == "DatasetClause":
                for kind, term in node.items():
                    (default if kind == "default" else named).append(str(resolve(term)))
    except ParseBaseException as error:
        raise QueryFault("malformed", str(error.msg), (error.lineno, error.col)) from error
    except RecursionError as error:
        raise QueryFault("malformed", "it is nested too deeply") from error
    except (QueryFault, MemoryError, OSError, SystemError):  # the last three are the process's, not the query's
        raise
    except Exception as error:  # this parser raises plain Exception for an unknown prefix
        raise QueryFault("malformed", str(error)) from error
    return Dataset(tuple(default), tuple(named)) if default or named else None


def _nodes(root: Any) -> Iterator[CompValue]:
    """Every named node of a tree; without recursion, as a query can be nested deeper than Python's stack."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, CompValue):
            yield node
            waiting.extend(node.values())
        elif not isinstance(node, str):
            try:
                waiting.extend(node)
            except TypeError:  # a leaf
                continue
