"""What must hold of the two texts of a question: they use their parameters and the ontology's terms, and only read."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from rdflib import URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from ontology.model import BG, Ontology
from queries.faults import CatalogError, place
from queries.lint import traps

_CYPHER_NOISE = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_SPARQL_NOISE = re.compile(r"<[^<>\s]*>|#[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
_WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP|FOREACH|LOAD|CALL\s+[a-z]\w*)\b", re.IGNORECASE)
_TYPES = re.compile(r"\[\s*\w*\s*:([\w\s|&!:]+)")
_LABELS = re.compile(
    r"(?:\(\s*|(?<!\[)\b[a-z_]\w*\s*):"
    r"(?!\s*(?:CASE|NULL|TRUE|FALSE)\b)"  # the value of a map's key
    r"(\s*!?[A-Z]\w*(?:\s*[|&:]\s*!?\w+)*)"
)
_KEYS = re.compile(r"\b[a-z]\w*\.([a-z]\w*)\b(?!\()")
_KEYS_OF_A_PATTERN = re.compile(r"[(\[]\s*\w*\s*(?::[\w\s|&!:]+)?\{([^}]*)\}")
_LIKE_A_TERM = re.compile(r"[a-z]+[A-Z]\w*|[A-Z]+_[A-Z_]+")
"""A text in quotes that can only be meant as a term: `hasTarget`, `HAS_TARGET`."""


def check_cypher(path: Path, text: str, first: int, parameters: Collection[str], ontology: Ontology) -> None:
    """Check the text of a .cypher file, which begins on line `first`.

    Raises:
        CatalogError: it uses a parameter that is not declared or the other way round, a term that is not the
            ontology's, or a clause that writes.
    """
    code = _blank(_CYPHER_NOISE, text)
    _check_parameters(path, code, first, parameters)
    for pattern, rule in ((_WRITES, "is not for questions"), (re.compile("`"), "is not needed around any name")):
        if match := pattern.search(code):
            raise CatalogError(f"{path}:{_line(code, match, first)}: {match[0].upper()} {rule}")
    types = {relation.type for relation in ontology.relations.values()}
    keys = {*ontology.qualifiers, *ontology.sources, *ontology.derived, "id", "name"}
    keys |= {value.key for value in ontology.values.values()}
    for pattern, inner, known, kind in (
        (_TYPES, r"\w+", types, "relationship type"),
        (_LABELS, r"\w+", set(ontology.classes), "label"),
        (_KEYS, r"\w+", keys, "property"),
        (_KEYS_OF_A_PATTERN, r"\w+(?=\s*:)", keys, "property"),
    ):
        for match in pattern.finditer(code):
            for word in re.findall(inner, match[1]):
                if word not in known:
                    raise CatalogError(f"{path}:{_line(code, match, first)}: {word} is no {kind} of the ontology")
    _check_texts(path, text, first, _CYPHER_NOISE, {*types, *ontology.relations, *ontology.values})


def check_sparql(
    path: Path, text: str, parameters: Collection[str], columns: Collection[str], ontology: Ontology
) -> None:
    """Check the text of a .rq file.

    Raises:
        CatalogError: it is no SELECT of these columns, uses a parameter that is not declared or the other way round or
            a term that is not the ontology's, or walks into a trap (see `queries.lint`).
    """
    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:  # rdflib passes on whatever its parser raises
        raise CatalogError(f"{path}:{getattr(error, 'lineno', 1)}: {error}") from error
    _check_parameters(path, _blank(_SPARQL_NOISE, text), 1, parameters)
    selected = [str(variable) for variable in algebra["PV"]] if "PV" in algebra else []
    if algebra.name != "SelectQuery" or selected != list(columns):
        raise CatalogError(f"{path}:1: selects {', '.join(selected) or 'nothing'}, not {', '.join(columns)}")
    for variable, rule in traps(algebra, parameters):
        raise CatalogError(f"{path}:{_line_of(rf'[?$]{variable}', text)}: {rule}")
    known = {
        *ontology.classes,
        *ontology.relations,
        *(p.name for group in (ontology.qualifiers, ontology.sources, ontology.values) for p in group.values()),
        *(concept.name for vocabulary in ontology.vocabularies.values() for concept in vocabulary.concepts.values()),
    }
    for iri in _iris(algebra):
        if iri.startswith(BG) and (word := iri.removeprefix(BG)) not in known:
            raise CatalogError(f"{path}:{_line_of(rf'[:#]{re.escape(word)}', text)}: {word} is no term of the ontology")
    _check_texts(path, text, 1, _SPARQL_NOISE, {*ontology.relations, *ontology.values})


def _check_parameters(path: Path, code: str, first: int, declared: Collection[str]) -> None:
    used = {match[1]: _line(code, match, first) for match in re.finditer(r"\$(\w+)", code)}
    for name in (name for name in declared if name not in used):
        where = place(path.with_suffix(".cypher"), "parameters", name)
        raise CatalogError(f"{where}: ${name} is declared, but {path.name} has no use")
    for name in (name for name in used if name not in declared):
        raise CatalogError(f"{path}:{used[name]}: ${name} is used, but not declared")


def _check_texts(path: Path, text: str, first: int, noise: re.Pattern[str], known: Collection[str]) -> None:
    for match in noise.finditer(text):
        word = match[0][1:-1]
        if match[0][0] in "'\"" and _LIKE_A_TERM.fullmatch(word) and word not in known:
            raise CatalogError(f"{path}:{_line(text, match, first)}: {word} is no term of the ontology")


def _iris(found: object) -> Iterator[str]:
    """The IRIs in a part of the algebra."""
    if isinstance(found, URIRef):
        yield str(found)
    elif isinstance(found, CompValue | dict):
        for each in found.values():
            yield from _iris(each)
    elif isinstance(found, list | tuple):
        for each in found:
            yield from _iris(each)


def _blank(noise: re.Pattern[str], text: str) -> str:
    """The text with its strings and comments emptied, lines kept."""
    return noise.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line(text: str, match: re.Match[str], first: int) -> int:
    return first + text[: match.start()].count("\n")


def _line_of(pattern: str, text: str) -> int:
    match = re.search(rf"{pattern}\b", text)
    return _line(text, match, 1) if match else 1
