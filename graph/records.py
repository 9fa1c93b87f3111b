"""What loaders make and the store writes: statements of one source, and that source itself.

A `Statement` is one relationship. What a node is and what it is called are statements too (`states`, from the source to
the node), so that a record needs no second kind: everything in the graph has a source.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Scalar = str | int | float | bool

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:--[a-z0-9]+(?:-[a-z0-9]+)*)?")
"""Shape of an id: a readable slug; what belongs to one document only is `DOCUMENT--LOCAL`."""

STATES: Final = "states"
MENTIONS: Final = "mentions"


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of the source document; `start` and `end` count Unicode code points."""

    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """A row or record of the source, by its id there."""

    record: str


Evidence = Quote | Record


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim of one source about two nodes.

    `qualifiers` holds the properties of DESIGN's qualifier list by key, without evidence and without those that the
    store derives. `line` is where the input says it, 0 where that means nothing; it is for messages only.
    """

    subject: str
    predicate: str
    object: str
    source: str
    evidence: Evidence
    qualifiers: Mapping[str, Scalar] = field(default_factory=dict)
    modality: str = "asserted"
    negated: bool = False
    line: int = field(default=0, compare=False)

    @property
    def id(self) -> str:
        """`st-` and 80 bits of SHA-256 over what makes the claim this one: never a version, a load or a merge."""
        evidence = self.evidence
        where = [evidence.record] if isinstance(evidence, Record) else [evidence.start, evidence.end]
        own = [self.qualifiers.get(key) for key in ("asserted_by", "status", "property", "value", "datatype", "lang")]
        identity = [self.source, where, self.subject, self.object, self.predicate, self.modality, self.negated, own]
        hashed = json.dumps(identity, ensure_ascii=False).encode(errors="surrogatepass")  # the guard refuses surrogates
        return "st-" + hashlib.sha256(hashed).hexdigest()[:20]

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate} {self.object}"


@dataclass(frozen=True, slots=True)
class Source:
    """A document or data set: the only node whose own properties are loaded."""

    id: str
    type: str
    properties: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Load:
    """All that one source says; loading it replaces all that the source said before. `name` is for messages."""

    name: str
    source: Source
    statements: Sequence[Statement]

    def types(self) -> Mapping[str, str]:
        """The class of each node, as this source states it."""
        stated = {s.object: str(s.qualifiers["value"]) for s in self.statements if states(s, "type")}
        return {**stated, self.source.id: self.source.type}

    def ids(self) -> Iterator[str]:
        """Ids of all nodes that the statements touch, repeated as often as they occur."""
        for statement in self.statements:
            yield statement.subject
            yield statement.object


def states(statement: Statement, property_: str) -> bool:
    """Whether the statement gives a value for that property."""
    return statement.predicate == STATES and statement.qualifiers.get("property") == property_


def value(
    source: str, entity: str, property_: str, text: str, evidence: Evidence, *, line: int = 0, **qualifiers: Scalar
) -> Statement:
    """The statement that `source` gives `entity` the value `text` for a value property of the ontology."""
    stated = {"property": property_, "value": text, **qualifiers}
    return Statement(source, STATES, entity, source, evidence, stated, line=line)
