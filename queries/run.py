"""Runs a question in either language and gives the same rows: scalars, in one total order."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyoxigraph as ox

from graph.errors import BelgraphError
from graph.rdf.mapping import RdfMapping, literal
from graph.records import SLUG
from graph.sparql.view import Views
from graph.store import Store
from ontology.model import Ontology
from queries.catalog import Column, Parameter, Question

Values = Mapping[str, Any]
Row = Mapping[str, Any]


class ParameterError(BelgraphError):
    """A parameter of a question is unknown, or its value is not of its type."""


def bind(question: Question, given: Values) -> dict[str, Any]:
    """The value of every parameter, None where it restricts nothing.

    Raises:
        ParameterError: names the parameter and what it must be.
    """
    if unknown := given.keys() - question.parameters.keys():
        known = ", ".join(question.parameters) or "none"
        raise ParameterError(f"{question.name} has no parameter {', '.join(sorted(unknown))}; it has {known}")
    return {name: _checked(parameter, given.get(name)) for name, parameter in question.parameters.items()}


def _checked(parameter: Parameter, given: Any) -> Any:
    value = parameter.default if given is None else given
    if value is None:
        return None
    try:
        if parameter.type == "integer":
            return int(value)
        if parameter.type in ("date", "known_on"):
            return date.fromisoformat(value).isoformat()
        if parameter.type == "id" and not SLUG.fullmatch(value):
            raise ValueError
        if parameter.choices and value not in parameter.choices:
            raise ValueError
        return str(value)
    except (TypeError, ValueError) as error:
        kind = {"date": "a day such as 2025-06-21", "known_on": "a day such as 2025-06-21", "id": "an id"}
        must = kind.get(parameter.type, f"of type {parameter.type}")
        if parameter.choices:
            must = f"one of {', '.join(parameter.choices)}"
        raise ParameterError(f"{parameter.name}: {value!r} is not {must}") from error


def end_of(day: str) -> str:
    """The last instant of a day, UTC, as statements record time."""
    return f"{day}T23:59:59.999Z"


async def run_cypher(question: Question, bound: Values, store: Store, ontology: Ontology) -> list[Row]:
    """Rows of the Cypher twin."""
    parameters = {
        name: end_of(value) if question.parameters[name].type == "known_on" else value for name, value in bound.items()
    }
    names = {relation.type: name for name, relation in ontology.relations.items()}
    rows = await store.read(question.cypher, **parameters)
    words = [column.name for column in question.columns.values() if column.type == "word"]
    return ordered(({**row, **{word: names.get(row[word], row[word]) for word in words}} for row in rows), question)


async def run_sparql(
    question: Question, bound: Values, views: Views, revision: str, mapping: RdfMapping, *, patient: bool = False
) -> list[Row]:
    """Rows of the SPARQL twin, evaluated like every query of /sparql.

    Raises:
        SparqlFailure, QueryTimeout, Stale, Unavailable, DatabaseError: see Views.run.
    """
    text = sparql_text(question, bound, mapping)
    _, answer = await views.run(revision, text, {"rows": _JSON, "boolean": None, "rdf": None}, patient=patient)

    def read() -> list[Row]:
        return _rows(question, ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON), mapping)

    return await asyncio.to_thread(read)


_JSON = "application/sparql-results+json"


def _rows(question: Question, solutions: object, mapping: RdfMapping) -> list[Row]:
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError(f"{question.name} is no SELECT query")
    return ordered(
        ({name: _scalar(solution[name], mapping) for name in question.columns} for solution in solutions), question
    )


def _scalar(found: Any, mapping: RdfMapping) -> Any:
    if found is None:
        return None
    if isinstance(found, ox.NamedNode):
        return mapping.id_of(found.value)
    kind = found.datatype.value.rpartition("#")[2]
    if kind == "boolean":
        return found.value == "true"
    convert: dict[str, type] = {"integer": int, "decimal": float, "double": float}
    return convert.get(kind, str)(found.value)


def sparql_text(question: Question, bound: Values, mapping: RdfMapping) -> str:
    """The SPARQL twin with its parameters written in: `BOUND($x)` is true or false, `$x` its value or stays free."""

    def replace(match: re.Match[str]) -> str:
        if match["noise"]:
            return match[0]
        name = match["bound"] or match["name"]
        value = bound[name]
        if match["bound"]:
            return "false" if value is None else "true"
        return match[0] if value is None else _term(question.parameters[name], value, mapping)

    return _TOKEN.sub(replace, question.sparql)


_TOKEN = re.compile(
    r"(?P<noise><[^<>\s]*>|#[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|BOUND\s*\(\s*\$(?P<bound>\w+)\s*\)|\$(?P<name>\w+)"
)


def _term(parameter: Parameter, value: Any, mapping: RdfMapping) -> str:
    if parameter.type == "id":
        return mapping.iri(value)
    if parameter.type == "word":
        return mapping.word(value)
    if parameter.type == "known_on":
        return literal(end_of(value), "dateTime")
    return literal(str(value), {"date": "date", "integer": "integer"}.get(parameter.type))


def ordered(rows: Iterable[Row], question: Question) -> list[Row]:
    """Rows by all their columns from left to right, null last: a total order, the same for both languages."""
    return sorted(
        ({column: row[column] for column in question.columns} for row in rows),
        key=lambda row: [_rank(column, row[column.name]) for column in question.columns.values()],
    )


def _rank(column: Column, value: Any) -> tuple[int, Any]:
    if value is None:
        return (2, "")
    if column.type == "rank":
        return (0, -value)
    return (0, value) if isinstance(value, bool | int | float) else (1, value)
