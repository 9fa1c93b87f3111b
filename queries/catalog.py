"""The catalogue of questions: each is a pair of files, NAME.cypher and NAME.rq, that give the same rows.

The .cypher file begins with a comment of YAML, the front matter: `title`, `summary`, `parameters` and `columns`. The
values of a closed list stand in `of`: the name of a class, for it and those below it, or a list. A column is written
`name: type, description`; what many questions share (`COMMON_…`) is written `name:` alone.

Adding a question means adding two files; `make generate` then tells of it in the README. `read` checks all
of it, and an error names file and line; a test does so with the questions that are here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from graph.errors import BelgraphError
from ontology.model import Ontology, load
from queries.faults import CatalogError, place

FOLDER = Path(__file__).parent

RESERVED = {"limit", "cursor", "format", "engine"}
PARAMETER_TYPES = ("id", "text", "word", "date", "known_on", "integer")
"""`id` of a node; `text`; `word`, a term of the ontology out of `of`; `date`, a day; `known_on`, the end of a day."""
COLUMN_TYPES = ("statement", "id", "text", "word", "date", "time", "number", "integer", "rank", "boolean")
"""As they say; a `rank` is an integer by which the rows stand in falling order."""

_FRONT = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)


class UnknownQuestionError(BelgraphError):
    """No question of the catalogue has that name."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed value that a question takes; without a default it may be left out, and then restricts nothing."""

    name: str
    type: str
    description: str
    default: Any
    example: Any
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer; always a scalar or null."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question in both languages."""

    name: str
    title: str
    summary: str
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Column]
    cypher: str
    sparql: str


COMMON_PARAMETERS: Mapping[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("valid_on", "date", "Only what may have held on this day.", None, "2025-06-21"),
        Parameter(
            "known_on", "known_on", "As the graph stood at the end of this day, UTC.", "9999-12-31", "2026-12-31"
        ),
    )
}
COMMON_COLUMNS: Mapping[str, Column] = {
    c.name: c
    for c in (
        Column("statement", "statement", "The statement that says so."),
        Column("subject", "id", "Where the relation starts."),
        Column("relation", "word", "The relation between subject and object."),
        Column("object", "id", "Where the relation ends."),
        Column("status", "word", "How far the act got, as the source says; null where that means nothing."),
        Column("since", "text", "Since when it has that status (EDTF)."),
        Column("modality", "word", "How firmly it is said."),
        Column("negated", "boolean", "Whether it is denied."),
        Column("holder", "id", "Who in the source holds it; null is the source's own voice."),
        Column("earliest", "date", "First day on which it can have begun; null where the source names none."),
        Column("valid_from", "text", "Since when it held (EDTF)."),
        Column("valid_to", "text", "Until when it held (EDTF), or open, or unknown."),
        Column("validity", "word", "Whether it held on valid_on: certain or possible."),
        Column("source", "id", "The document or data set that says so."),
        Column("quote", "text", "Its sentence; null where the evidence is a record."),
        Column("record", "text", "Its record; null where the evidence is a sentence."),
    )
}


@cache
def catalogue() -> Mapping[str, Question]:
    """The questions of this folder, by name; their queries are not checked again, which takes seconds."""
    return {question.name: question for question, _ in _questions(FOLDER, load())}


def find(name: str) -> Question:
    """The question of that name.

    Raises:
        UnknownQuestionError: there is none; names those near it.
    """
    questions = catalogue()
    if name not in questions:
        near = get_close_matches(name, questions, n=3) or list(questions)
        raise UnknownQuestionError(f"no question is called {name!r}; there is {', '.join(near)}")
    return questions[name]


def read(folder: Path, ontology: Ontology) -> Mapping[str, Question]:
    """The questions of a folder, by name, with their queries checked.

    Raises:
        CatalogError: a twin is missing, front matter is wrong, a parameter is declared but not used or used but not
            declared, a term is not the ontology's, or a query writes.
    """
    from queries.check import check_cypher, check_sparql  # with its parser, which the shipped questions do not need

    found = {}
    for question, first in _questions(folder, ontology):
        cypher, sparql = folder / f"{question.name}.cypher", folder / f"{question.name}.rq"
        check_cypher(cypher, question.cypher, first, question.parameters, ontology)
        check_sparql(sparql, question.sparql, question.parameters, question.columns, ontology)
        found[question.name] = question
    return found


def _questions(folder: Path, ontology: Ontology) -> Iterator[tuple[Question, int]]:
    """The questions of a folder, and the lines of their files on which Cypher begins."""
    for name in sorted({path.stem for path in folder.iterdir() if path.suffix in (".cypher", ".rq")}):
        cypher, sparql = folder / f"{name}.cypher", folder / f"{name}.rq"
        for path, twin in ((cypher, sparql), (sparql, cypher)):
            if not path.exists():
                raise CatalogError(f"{twin}:1: its twin {path.name} is missing")
        front, body, first = _split(cypher)
        question = Question(
            name=name,
            title=front["title"],
            summary=front["summary"],
            parameters={key: _parameter(cypher, key, given, ontology) for key, given in front["parameters"].items()},
            columns={key: _column(cypher, key, given) for key, given in front["columns"].items()},
            cypher=body,
            sparql=sparql.read_text(encoding="utf-8"),
        )
        yield question, first


def _split(path: Path) -> tuple[Mapping[str, Any], str, int]:
    """Front matter, query, and the line on which the query begins."""
    text = path.read_text(encoding="utf-8")
    match = _FRONT.match(text)
    if match is None:
        raise CatalogError(f"{path}:1: begins with no comment of front matter")
    try:
        front = yaml.safe_load(match[1])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogError(f"{path}:{line}: front matter: {error.problem}") from error
    expected = {"title": str, "summary": str, "parameters": dict, "columns": dict}
    if not isinstance(front, dict) or {key: type(value) for key, value in front.items()} != expected:
        raise CatalogError(f"{path}:1: front matter has exactly title, summary, parameters and columns")
    body = text[match.end() :].lstrip("\n")
    return front, body, text.count("\n") - body.count("\n") + 1


def _parameter(path: Path, name: str, given: object, ontology: Ontology) -> Parameter:
    if name in RESERVED:
        raise CatalogError(f"{place(path, 'parameters', name)}: a parameter cannot be called {name}")
    if given is None and name in COMMON_PARAMETERS:
        return COMMON_PARAMETERS[name]
    keys = {"type", "description", "example"}
    if not isinstance(given, dict) or not keys <= given.keys() <= keys | {"default", "of"}:
        raise CatalogError(f"{place(path, 'parameters', name)}: parameter {name} has {', '.join(sorted(keys))}")
    _check_type(path, "parameters", name, given["type"], PARAMETER_TYPES)
    default, example, choices = given.get("default"), given["example"], _choices(path, name, given, ontology)
    if choices and not {example, default} - {None} <= {*choices}:
        raise CatalogError(f"{place(path, 'parameters', name)}: example and default of {name} are not in its list")
    return Parameter(name, given["type"], given["description"], default, example, choices)


def _choices(path: Path, name: str, given: Mapping[str, Any], ontology: Ontology) -> tuple[str, ...] | None:
    of, is_word = given.get("of"), given["type"] == "word"
    if of is None and not is_word:
        return None
    if isinstance(of, str) and of in ontology.classes:
        of = sorted(below for below, each in ontology.classes.items() if of in each.ancestors)
    known = {*ontology.classes, *ontology.relations} | {
        word for vocabulary in ontology.vocabularies.values() for word in vocabulary.concepts
    }
    if not isinstance(of, list) or not of or (is_word and not known.issuperset(of)):
        raise CatalogError(
            f"{place(path, 'parameters', name)}: {name} has `of`, a class or a list"
            f" of {'terms of the ontology' if is_word else 'values'}, not {of!r}"
        )
    return tuple(of)


def _column(path: Path, name: str, given: object) -> Column:
    if given is None and name in COMMON_COLUMNS:
        return COMMON_COLUMNS[name]
    type_, comma, description = str(given).partition(", ")
    if not comma:
        raise CatalogError(f"{place(path, 'columns', name)}: column {name} is its type, a comma and a description")
    _check_type(path, "columns", name, type_, COLUMN_TYPES)
    return Column(name, type_, description)


def _check_type(path: Path, section: str, name: str, type_: object, types: tuple[str, ...]) -> None:
    if type_ not in types:
        raise CatalogError(
            f"{place(path, section, name)}: {name} has the type {type_!r}, not one of {', '.join(types)}"
        )
