"""The catalogue of questions: each is a pair of files, NAME.cypher and NAME.rq, that give the same rows.

The .cypher file begins with a comment of YAML, the front matter: `title`, `summary`, `parameters` and `columns`. A
column is written `name: type, description`; what many questions share (`COMMON_…`) is written `name:` alone. Adding a
question means adding two files. Everything is checked when the catalogue is read, and an error names file and line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rdflib.plugins.sparql import prepareQuery

from graph.errors import BelgraphError
from ontology.model import BG, Ontology, load

FOLDER = Path(__file__).parent

RESERVED = {"limit", "cursor", "format", "engine"}
PARAMETER_TYPES = ("id", "text", "word", "date", "known_on", "integer")
"""`id` of a node; `text`; `word`, a name or notation of the ontology; `date`, a day; `known_on`, the end of a day."""
COLUMN_TYPES = ("statement", "id", "text", "word", "date", "time", "number", "integer", "boolean")

_FRONT = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP|FOREACH|LOAD|CALL\s+[a-z])\b", re.IGNORECASE)
_CYPHER_NOISE = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_SPARQL_NOISE = re.compile(r"<[^<>\s]*>|#[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")


class CatalogError(BelgraphError):
    """A file of the catalogue is not as it must be; names file and line."""


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


_EVER = "9999-12-31"

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
        Column("status", "word", "How far the act got, as the source says; null where that means nothing."),
        Column("modality", "word", "How firmly it is said."),
        Column("negated", "boolean", "Whether it is denied."),
        Column("holder", "id", "Who in the source holds it; null is the source's own voice."),
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
    """The questions of this folder, by name.

    Raises:
        CatalogError: a file is not as it must be.
    """
    return read(FOLDER, load())


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
    """The questions of a folder, by name.

    Raises:
        CatalogError: a twin is missing, front matter is wrong, a parameter is declared but not used or used but not
            declared, a term is not the ontology's, or a query writes.
    """
    names = {path.stem for path in folder.iterdir() if path.suffix in (".cypher", ".rq")}
    return {name: _question(folder, name, ontology) for name in sorted(names)}


def _question(folder: Path, name: str, ontology: Ontology) -> Question:
    cypher, sparql = folder / f"{name}.cypher", folder / f"{name}.rq"
    for path, twin in ((cypher, sparql), (sparql, cypher)):
        if not path.exists():
            raise CatalogError(f"{twin}:1: its twin {path.name} is missing")
    front, body, first = _split(cypher)
    rq = sparql.read_text(encoding="utf-8")
    question = Question(
        name=name,
        title=front["title"],
        summary=front["summary"],
        parameters={key: _parameter(cypher, key, given) for key, given in front["parameters"].items()},
        columns={key: _column(cypher, key, given) for key, given in front["columns"].items()},
        cypher=body,
        sparql=rq,
    )
    _check_parameters(cypher, body, first, _CYPHER_NOISE, question)
    _check_parameters(sparql, rq, 1, _SPARQL_NOISE, question)
    _check_cypher(cypher, body, first, ontology)
    _check_sparql(sparql, rq, ontology, question)
    return question


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
    return front, text[match.end() :].lstrip("\n"), text[: match.end()].count("\n") + 2


def _parameter(path: Path, name: str, given: object) -> Parameter:
    if name in RESERVED:
        raise CatalogError(f"{_at(path, name)}: a parameter cannot be called {name}")
    if given is None and name in COMMON_PARAMETERS:
        return COMMON_PARAMETERS[name]
    keys = {"type", "description", "example"}
    if not isinstance(given, dict) or not keys <= given.keys() <= keys | {"default"}:
        raise CatalogError(f"{_at(path, name)}: parameter {name} has {', '.join(sorted(keys))}")
    _check_type(path, name, given["type"], PARAMETER_TYPES)
    return Parameter(name, given["type"], given["description"], given.get("default"), given["example"])


def _column(path: Path, name: str, given: object) -> Column:
    if given is None and name in COMMON_COLUMNS:
        return COMMON_COLUMNS[name]
    type_, comma, description = str(given).partition(", ")
    if not comma:
        raise CatalogError(f"{_at(path, name)}: column {name} is written as its type, a comma and a description")
    _check_type(path, name, type_, COLUMN_TYPES)
    return Column(name, type_, description)


def _check_type(path: Path, name: str, type_: object, types: tuple[str, ...]) -> None:
    if type_ not in types:
        raise CatalogError(f"{_at(path, name)}: {name} has the type {type_!r}, not one of {', '.join(types)}")


def _check_parameters(path: Path, text: str, first: int, noise: re.Pattern[str], question: Question) -> None:
    code = _blank(noise, text)
    used = {match[1]: first + code[: match.start()].count("\n") for match in re.finditer(r"\$(\w+)", code)}
    for name in question.parameters.keys() - used.keys():
        raise CatalogError(f"{_at(path.with_suffix('.cypher'), name)}: ${name} is declared, but {path.name} has no use")
    for name in used.keys() - question.parameters.keys():
        raise CatalogError(f"{path}:{used[name]}: ${name} is used, but not declared")


def _check_cypher(path: Path, text: str, first: int, ontology: Ontology) -> None:
    code = _blank(_CYPHER_NOISE, text)
    if match := _WRITES.search(code):
        raise CatalogError(f"{path}:{_line(code, match, first)}: {match[0].upper()} is not for questions")
    types = {relation.type for relation in ontology.relations.values()}
    keys = {*ontology.qualifiers, *ontology.sources, *ontology.derived, *ontology.values, "id", "name", "names"}
    keys |= {value.key for value in ontology.values.values()}
    for pattern, known, kind in (
        (r"\[\w*:([\w|]+)", types, "relationship type"),
        (r"\(\w*:([\w|]+)", set(ontology.classes), "label"),
        (r"\b[a-z]\w*\.([a-z]\w*)\b(?!\()", keys, "property"),
    ):
        for match in re.finditer(pattern, code):
            for word in match[1].split("|"):
                if word not in known:
                    raise CatalogError(f"{path}:{_line(code, match, first)}: {word} is no {kind} of the ontology")


def _check_sparql(path: Path, text: str, ontology: Ontology, question: Question) -> None:
    try:
        parsed = prepareQuery(text)
    except Exception as error:  # rdflib passes on whatever its parser raises
        raise CatalogError(f"{path}:{getattr(error, 'lineno', 1)}: {error}") from error
    columns = [str(variable) for variable in parsed.algebra["PV"]]
    if columns != list(question.columns):
        raise CatalogError(f"{path}:1: selects {', '.join(columns)}, not {', '.join(question.columns)}")
    known = {
        *ontology.classes,
        *ontology.relations,
        *(p.name for group in (ontology.qualifiers, ontology.sources, ontology.values) for p in group.values()),
        *(concept.name for vocabulary in ontology.vocabularies.values() for concept in vocabulary.concepts.values()),
    }
    code = re.sub(r"#[^\n]*", "", text)
    for match in re.finditer(rf"\bbg:([\w-]+)|<{re.escape(BG)}([\w-]+)>", code):
        if (word := match[1] or match[2]) not in known:
            raise CatalogError(f"{path}:{_line(code, match, 1)}: bg:{word} is no term of the ontology")


def _blank(noise: re.Pattern[str], text: str) -> str:
    """The text with its strings and comments emptied, lines kept."""
    return noise.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line(text: str, match: re.Match[str], first: int) -> int:
    return first + text[: match.start()].count("\n")


def _at(path: Path, name: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return f"{path}:{next((n for n, line in enumerate(lines, 1) if line.strip().startswith(f'{name}:')), 1)}"
