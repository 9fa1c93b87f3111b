"""Sources full of random statements, to ask the catalogue what no written document asks it.

They use every class, relation and qualifier of the ontology on few nodes, so that relationships run in parallel,
statements are denied or doubted or leave out what they may leave out, and sources differ. The same seed gives the same
sources.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace

from graph.records import MENTIONS, STATES, Evidence, Load, Quote, Record, Scalar, Source, Statement, value
from ontology.model import Ontology, Qualifier

DATES = ("2020", "2024-02", "2025-06-21", "2025?-06-21", "2025-08-15", "XXXX-08-15", "202X", "2025-09~")
QUANTITIES = (14.0, 52.0, 55.5, 60.0, 1300.0, 2000.0)
VALUES = {
    "euId": ("EU.1.10", "EU.2.20"),
    "ftmId": ("a-1", "b-2"),
    "iata": ("B2", "B3"),
    "icao": ("BRU", "BRV"),
    "iso3166": ("BY", "LT"),
    "lei": ("A" * 18 + "01", "B" * 18 + "02"),
    "ofacId": ("101", "202"),
    "unp": ("100000001", "100000002"),
    "wikidataId": ("Q1", "Q2"),
}
PARTS_OF_THE_ID = ("asserted_by", "status")
PUBLISHERS = ("organization-1", "organization-2")
TEXT = " ".join(f"Sentence {n} of a text that was made for a test." for n in range(200))


class Generator:
    """Makes versions of the same sources, one after the other."""

    def __init__(self, ontology: Ontology, nodes_a_class: int = 3, seed: int = 4) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._ontology = ontology
        sources = {name for property_ in ontology.sources.values() for name in property_.domain}
        self._nodes = {
            f"{name.lower()}-{n}": name
            for name in ontology.classes
            if name not in sources
            for n in range(nodes_a_class)
        }
        self._records = 0

    def sources(self, statements: int) -> list[Load]:
        """Two documents and two data sets with so many random statements each."""
        kinds = {"text-1": "Document", "text-2": "Document", "table-1": "Dataset", "table-2": "Dataset"}
        return [self._load(id_, kind, statements) for id_, kind in kinds.items()]

    def changed(self, what: Load) -> Load:
        """A later version: some statements are gone, some have other qualifiers, some are new."""
        kept = []
        for statement in what.statements:
            structural = self._ontology.relations[statement.predicate].structural
            fate = self._random.random()
            if structural and statement.qualifiers.get("property") == "type":
                kept.append(statement)
            elif not structural and fate < 0.2:
                fresh = {k: v for k, v in self._qualifiers(statement.predicate).items() if k not in PARTS_OF_THE_ID}
                same = {k: v for k, v in statement.qualifiers.items() if k in PARTS_OF_THE_ID}
                kept.append(replace(statement, qualifiers={**fresh, **same}))
            elif fate < 0.7:
                kept.append(statement)
        new = [self._statement(what.source) for _ in range(len(what.statements) // 8)]
        return Load(what.name, what.source, _once([*kept, *new]))

    def _load(self, id_: str, kind: str, count: int) -> Load:
        text = TEXT if kind == "Document" else id_  # both documents have the same: no independent sources
        digest = hashlib.sha256(text.encode()).hexdigest()
        properties: dict[str, Scalar] = {"title": f"Title of {id_}", "sha256": digest}
        if kind == "Document":
            properties |= {"text": text, "language": "en", "published": "2025-09-01"}
        else:
            properties |= {"version": "1", "licence": "CC0-1.0"}
        source = Source(id_, kind, properties)
        declared = [value(id_, node, "type", class_, Record(f"type of {node}")) for node, class_ in self._nodes.items()]
        published = [Statement(id_, "publishedBy", self._random.choice(PUBLISHERS), id_, Record("publisher"))]
        made = [self._statement(source) for _ in range(count)]
        return Load(f"{id_}.test", source, _once([*declared, *published, *made, *self._structural(source)]))

    def _structural(self, source: Source) -> list[Statement]:
        made = []
        for node, class_ in self._nodes.items():
            for name, pool in VALUES.items():
                if self._ontology.is_a(class_, self._ontology.values[name].domain) and self._random.random() < 0.15:
                    text = self._random.choice(pool)
                    negated = self._random.random() < 0.2
                    stated = {"property": name, "value": text}
                    made.append(
                        Statement(source.id, STATES, node, source.id, self._evidence(source), stated, negated=negated)
                    )
            if self._random.random() < 0.5:
                made.append(value(source.id, node, "name", f"Name of {node}", self._evidence(source), lang="en"))
            if source.type == "Document":
                how: dict[str, Scalar] = {"linked_by": "test", "confidence": 0.5}
                made += [
                    Statement(source.id, MENTIONS, node, source.id, self._quote(), how)
                    for _ in range(self._random.randrange(3))
                ]
        return made

    def _statement(self, source: Source) -> Statement:
        relation = self._random.choice(list(self._ontology.statements.values()))
        subject, object_ = self._node(relation.domain), self._node(relation.range)
        qualifiers = self._qualifiers(relation.name)
        if self._ontology.is_a(self._nodes[subject], ["Event"]):
            qualifiers["status"] = self._word("Status")
        return Statement(
            subject,
            relation.name,
            object_,
            source.id,
            self._evidence(source),
            qualifiers,
            modality=self._word("Modality") if self._random.random() < 0.4 else "asserted",
            negated=self._random.random() < 0.25,
        )

    def _qualifiers(self, predicate: str) -> dict[str, Scalar]:
        """Each of those that the relation may carry, or not."""
        made: dict[str, Scalar] = {}
        fields = {"source", "quote", "start", "end", "record", "modality", "negated", "status"}
        for key, qualifier in self._ontology.qualifiers.items():
            may = not (qualifier.derived or key in fields or (qualifier.only_on and predicate not in qualifier.only_on))
            if may and self._random.random() < 0.3:
                made[key] = self._value(key, qualifier)
        first, last = made.get("valid_from"), made.get("valid_to")
        if last not in (None, "open", "unknown") and first is not None:
            made["valid_to"] = first  # an end before the start is refused
        return made

    def _value(self, key: str, qualifier: Qualifier) -> Scalar:
        if qualifier.refers:
            return self._node(qualifier.range)
        if qualifier.scheme:
            return self._word(qualifier.scheme)
        choices: dict[str | None, Sequence[Scalar]] = {
            "boolean": (True, False),
            "decimal": QUANTITIES,
            "Edtf": (*DATES, "open", "unknown") if key == "valid_to" else DATES,
            "string": ("people", "percent") if key == "quantity_unit" else ("in words", 'with "quotes"\nand lines'),
        }
        return self._random.choice(choices[qualifier.datatype])

    def _node(self, classes: frozenset[str]) -> str:
        return self._random.choice([n for n, class_ in self._nodes.items() if self._ontology.is_a(class_, classes)])

    def _word(self, scheme: str) -> str:
        return self._random.choice(list(self._ontology.vocabularies[scheme].concepts))

    def _evidence(self, source: Source) -> Evidence:
        self._records += 1
        return self._quote() if source.type == "Document" else Record(f"row {self._records}")

    def _quote(self) -> Quote:
        start = self._random.randrange(len(TEXT) - 60)
        end = start + self._random.randrange(5, 50)
        return Quote(TEXT[start:end], start, end)


def _once(statements: Sequence[Statement]) -> list[Statement]:
    return list({statement.id: statement for statement in statements}.values())
