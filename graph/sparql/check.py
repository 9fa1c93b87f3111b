"""What a SPARQL query may not do, read from its syntax tree (SPARQL 1.1 Query Language, section 19).

It may not ask another server (SERVICE) nor name a graph in FROM that the store does not hold. Updates are another
language and do not parse.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from pyparsing.exceptions import ParseBaseException
from rdflib.plugins.sparql.algebra import translatePrologue
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue


class QueryFault(Exception):  # noqa: N818 - it is sent to the other process as data
    """A query is not run: malformed or refused (`kind`); `position` is line and column, from 1, where it is known."""

    def __init__(self, kind: str, detail: str, position: tuple[int, int] | None = None) -> None:
        self.kind = kind
        self.position = position
        super().__init__(detail)


def check(query: str, graphs: Collection[str]) -> bool:
    """Look a query through before it is evaluated over a store with these graphs; whether it chooses some by FROM.

    Raises:
        QueryFault: it does not parse, or asks for what it may not.
    """
    # For the engine a lone CR ends a comment, for this parser only LF does: a SERVICE could hide behind it.
    text = re.sub("\r\n?", "\n", query)
    chooses = False
    try:
        prologue, body = parseQuery(text)
        resolve = translatePrologue(prologue, None).absolutize
        for node in _nodes(body):
            if node.name == "ServiceGraphPattern":
                raise QueryFault("refused", "SERVICE: this endpoint asks no other server")
            if node.name == "DatasetClause":
                chooses = True
                for term in node.values():
                    if (graph := str(resolve(term))) not in graphs:
                        raise QueryFault("refused", f"FROM: there is no graph <{graph[:200]}>")
    except ParseBaseException as error:
        raise QueryFault("malformed", str(error.msg), (error.lineno, error.col)) from error
    except RecursionError as error:
        raise QueryFault("malformed", "it is nested too deeply") from error
    except (QueryFault, MemoryError, OSError, SystemError):  # the last three are the process's, not the query's
        raise
    except Exception as error:  # this parser raises plain Exception for an unknown prefix
        raise QueryFault("malformed", str(error)) from error
    return chooses


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
