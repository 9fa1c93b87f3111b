"""Statements written fast, in any format: what is written of a form is made once, and then only filled in.

A template is made by writing one statement of its form whose values are marks, and cutting the text at the marks. So
there is one way only in which a format writes a statement, and it is as fast in each.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from graph.constraints import RETRACTED
from graph.rdf.foreign import statement_faults
from graph.rdf.formats import Writer
from graph.rdf.forms import Form, blocks, is_plain, is_surrounded, surroundings
from graph.rdf.mapping import STATES_TYPE, RdfMapping, decimal, same
from graph.rdf.reading import StatementRow
from graph.rdf.terms import literal
from graph.rdf.times import RULE, is_time

KEPT = 5_000
"""Templates, and short values, that are kept: memory is bounded whatever the graph."""

Encode = Callable[[Any], bytes]

_MARKED = re.compile("(<)?\ufdd0([a-z_]+)\ufdd1(?(1)(>)?)")  # not characters (Unicode, 23.7): nobody escapes them
_SPECIAL = (STATES_TYPE, RETRACTED)


@dataclass(frozen=True, slots=True)
class _Template:
    """Every other one of `pieces` is a value, one of those that `pick` takes from all `values`, named and encoded."""

    pieces: Sequence[bytes]
    pick: Callable[[Sequence[bytes]], Sequence[bytes]]
    values: Sequence[tuple[str, Encode]]
    form: Form
    triples: int


class Templates:
    """The templates of one format; `triples` is how many they wrote."""

    def __init__(self, mapping: RdfMapping, writer: Writer) -> None:
        self.triples = 0
        self._mapping = mapping
        self._writer = writer
        self._kept: dict[object, _Template] = {}
        self._encoders: dict[tuple[str, bool], Encode] = {}

    def write(self, row: StatementRow, text: str | None) -> bytes | None:
        """A statement within the text of its source; None where RDF has no place for something of it.

        Raises:
            UnwritableError: RDF/XML only: a text has control characters.
        """
        found = row.properties
        template = self._template(row, text)
        if template is None:
            return None
        form = template.form
        values = {**found, "this": self._mapping.this(found), "subject": row.subject, "object": row.object}
        if form.surrounded and text is not None:
            values["prefix"], values["suffix"] = surroundings(text, found["start"], found["end"])
        if form.same:
            values["same"] = same(form.same, found["value"])
        try:
            encoded = [encode(values[name]) for name, encode in template.values]
        except (KeyError, ValueError):  # not of its vocabulary, no finite number, or no time of ours
            return None
        self.triples += template.triples
        pieces = list(template.pieces)
        pieces[1::2] = template.pick(encoded)
        return b"".join(pieces)

    def _template(self, row: StatementRow, text: str | None) -> _Template | None:
        """The template of all that have properties of the same names and types, and make the same triples."""
        found = row.properties
        special = [found.get(key) for key in ("property", "lang", "was")] if row.type in _SPECIAL else ()
        alike = (
            row.type,
            tuple(found),
            tuple(map(type, found.values())),
            is_plain(found),
            is_surrounded(found, text),
            *map(str, special),
        )
        template = self._kept.get(alike)
        if template is None and not any(statement_faults(row, self._mapping)):
            if len(self._kept) >= KEPT:
                self._kept.clear()
            template = self._kept[alike] = self._make(self._mapping.form(row.type, found, text))
        return template

    def _make(self, form: Form) -> _Template:
        qualifiers = self._mapping.ontology.qualifiers
        marks = {name: f"<{_mark(name)}>" for name in ("this", "subject", "object", "source", "same")}
        marks |= {name: literal(_mark(name)) for name in ("prefix", "suffix")}
        for key in form.keys:
            linked = qualifiers[key].datatype is None
            marks[key] = f"<{_mark(key)}>" if linked else literal(_mark(key), qualifiers[key].datatype)
        if "value" in form.keys:
            marks["value"] = literal(_mark("value"), lang=form.lang)
        made = list(blocks(form, marks, self._mapping.ontology))
        written = "".join([self._writer.block(marks["source"], block) for block in made])
        pieces, places, end = [], [], 0
        for match in _MARKED.finditer(written):
            whole = match[3] is not None
            start, stop = match.span() if whole else (match.start(2) - 1, match.end(2) + 1)
            pieces += [written[end:start].encode(), b""]
            places.append((match[2], whole))
            end = stop
        names = sorted(set(places))
        return _Template(
            [*pieces, written[end:].encode()],
            itemgetter(*[names.index(place) for place in places]),
            [(name, self._encoder(name, whole=whole)) for name, whole in names],
            form,
            sum(len(said) for _, said in made),
        )

    def _encoder(self, name: str, *, whole: bool) -> Encode:
        """How a value is written, as a `whole` term or within one."""
        if (name, whole) not in self._encoders:
            self._encoders[name, whole] = self._made_encoder(name, whole=whole)
        return self._encoders[name, whole]

    def _made_encoder(self, name: str, *, whole: bool) -> Encode:
        mapping, writer = self._mapping, self._writer

        def iri(found: str) -> bytes:
            return (writer.iri(f"<{found}>") if whole else writer.bare(found)).encode()

        if name in ("this", "same"):
            return iri
        qualifier = mapping.ontology.qualifiers.get(name)
        if name in ("subject", "object") or (qualifier and qualifier.refers):
            return lru_cache(KEPT)(lambda id_: iri(mapping.iri(id_)[1:-1]))
        if qualifier and qualifier.scheme:
            concepts = mapping.ontology.vocabularies[qualifier.scheme].concepts
            return {notation: iri(concept.iri) for notation, concept in concepts.items()}.__getitem__
        kind = qualifier.datatype if qualifier else "string"
        if kind in ("integer", "nonNegativeInteger"):
            return b"%d".__mod__
        if kind == "boolean":
            return {True: b"true", False: b"false"}.__getitem__
        if kind == "decimal":
            return lambda found: decimal(found).encode()

        def text(found: str) -> bytes:
            return writer.text(found).encode()

        def time(found: str) -> bytes:
            if not is_time(found):
                raise ValueError(f"{found} is not {RULE}")
            return text(found)

        return text if kind == "string" else lru_cache(KEPT)(time if kind == "dateTime" else text)


def _mark(name: str) -> str:
    return f"\ufdd0{name}\ufdd1"
