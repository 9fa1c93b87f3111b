"""What the pages show of statements and values, in words: the templates only lay it out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.linked import full_id, page_of
from ontology.model import Ontology

_ELSEWHERE = frozenset({"asserted_by", "source", "quote", "start", "end", "record", "modality", "negated", "status"})
"""Qualifiers that the sentence, its marks and its evidence show."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A text that leads somewhere, or nowhere."""

    text: str
    url: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source in short; `language` is that of its text."""

    id: str
    title: str
    url: str
    language: str | None


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement: a sentence of three parts, how it is meant, who says so and where."""

    id: str
    url: str
    subject: Linked
    predicate: Linked
    object: Linked
    negated: bool
    marks: Sequence[str]
    holder: Linked | None
    facts: Sequence[tuple[Linked, Linked]]
    quote: str | None
    record: str | None
    source: SourceView

    @property
    def sentence(self) -> str:
        """The statement as a line of text."""
        verb = f"not: {self.predicate.text}" if self.negated else self.predicate.text
        return f"{self.subject.text} – {verb} – {self.object.text}"


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value that a source states of a node."""

    property: Linked
    value: str
    lang: str | None
    url: str | None
    statement: str
    source: SourceView


class Views:
    """Makes them, with links under the address of this server."""

    def __init__(self, ontology: Ontology, root: str, sources: Iterable[SourceView]) -> None:
        self._ontology = ontology
        self._root = root
        self._sources = {source.id: source for source in sources}

    def statement(self, shown: Mapping[str, Any], *, whole: bool = False) -> StatementView:
        """A statement from its JSON, with all of its qualifiers if `whole`."""
        relation = self._ontology.relations[shown["predicate"]]
        marks = [shown[key] for key in ("modality", "status", "change") if shown.get(key) not in (None, "asserted")]
        marks += ["implied"] if shown.get("implied") is True else []
        marks += ["withdrawn"] if shown.get("retracted_at") else []
        facts = [
            (self.term(qualifier.name, qualifier.label), self._value(key, shown[key]))
            for key, qualifier in self._ontology.qualifiers.items()
            if shown.get(key) is not None and (whole or not (qualifier.derived or key == "recorded_at"))
            if key not in _ELSEWHERE and key != "was"
        ]
        holder = shown["asserted_by"]
        return StatementView(
            id=shown["id"],
            url=page_of(self._root, full_id(shown["id"], shown.get("retracted_at"))),
            subject=self._node(shown["subject"]),
            predicate=self.term(relation.name, relation.label),
            object=self._node(shown["object"]),
            negated=shown["negated"] is True,
            marks=[str(mark) for mark in marks],
            holder=self._node(holder) if holder else None,
            facts=facts,
            quote=_text(shown.get("quote")),
            record=_text(shown.get("record")),
            source=self.source(shown["source"]),
        )

    def value(self, property_: str, value: str, lang: str | None, statement: str, source: str) -> ValueView:
        """A value; an identifier leads to where its authority describes the thing."""
        stated = self._ontology.values.get(property_)
        template = stated.iri_template if stated else None
        url = template.format(value=quote(value, safe="")) if template else None
        if property_ == "type" and value in self._ontology.classes:
            url = self.term(value, value).url
        label = self.term(property_, stated.label) if stated else Linked(property_)
        return ValueView(label, value, lang, url, page_of(self._root, statement), self.source(source))

    def source(self, id_: str) -> SourceView:
        """A source by its id; one that is not there is called by it."""
        return self._sources.get(id_) or SourceView(id_, id_, page_of(self._root, id_), None)

    def term(self, name: str, label: str) -> Linked:
        """A term of the ontology, which leads to its definition."""
        return Linked(label, f"{self._root}ontology/{quote(name, safe='')}")

    def _node(self, node: Mapping[str, Any]) -> Linked:
        type_ = node["type"]
        kind = self._ontology.classes[type_].label if type_ in self._ontology.classes else ""
        return Linked(str(node["name"] or node["id"]), page_of(self._root, node["id"]), kind)

    def _value(self, key: str, value: Any) -> Linked:
        qualifier = self._ontology.qualifiers[key]
        if qualifier.refers:
            return Linked(str(value), page_of(self._root, str(value)))
        if isinstance(value, bool):
            return Linked("yes" if value else "no")
        return Linked(str(value).removesuffix(".0") if isinstance(value, float) else str(value))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
