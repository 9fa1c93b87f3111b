"""What a SPARQL query may not do, read from its syntax tree (SPARQL 1.1 Query Language, section 19).

It may not ask another server (SERVICE) nor name a graph in FROM that the store does not hold. Updates are another
language and do not parse.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from pyparsing.exceptions import ParseBaseException
from rdflib.plugins.sparql.algebra import translatePrologue
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from graph.sparql.words import Dataset, QueryFault

KEPT = 128
"""Verdicts that are kept, for queries that are asked again."""


def check(query: str, graphs: Collection[str], base: str | None = None) -> Dataset | None:
    """Look a query through before it is evaluated over a store with these graphs; what it chooses of them by FROM.

    Raises:
        QueryFault: it does not parse, or asks for what it may not.
    """
    chosen = _dataset(query, base)
    for graph in (*chosen.default, *chosen.named) if chosen else ():
        if graph not in graphs:
            raise QueryFault("refused", f"FROM: there is no graph <{graph[:200]}>")
    return chosen


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
