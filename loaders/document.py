"""Loads a document: a text, and the stand-off annotation that says what stands where in it.

The annotation is a YAML file beside the text (its JSON Schema is `annotation.schema.json`): the document's metadata,
the entities and occurrences it mentions, and its statements. Every mention and statement has a verbatim `quote`, which
must stand exactly once in the text, together with its `prefix` and `suffix` where it needs them (the TextQuoteSelector
of the W3C Web Annotation Data Model). All faults of an annotation are reported at once.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from graph.errors import Fault, InputError, Refused
from graph.guard import Guard
from graph.records import MENTIONS, Load, Quote, Record, Scalar, Source, Statement, value
from loaders.marked import Marked, Path_, read, read_text
from loaders.schema import faults as schema_faults
from ontology.model import load as ontology

_READ_ONE_BY_ONE = ("entities.", "occurrences.", "statements.")  # so that one that is broken hides no fault of another
_OWN_KEYS = {"subject", "predicate", "object", "quote", "prefix", "suffix", "modality", "negated"}


def load(path: Path) -> Load:
    """What an annotated document says.

    Raises:
        InputError: the annotation or its text cannot be read.
        Refused: the annotation has faults; all of them are listed, by line.
    """
    marked = read(path)
    faults = schema_faults("annotation.schema.json", marked)
    broken = {fault.record for fault in faults}
    if any(not record.startswith(_READ_ONE_BY_ONE) for record in broken):
        raise Refused(str(path), faults)
    reading = _Reading(marked, _text(path, marked.data["document"]["text"]), broken)
    statements = [*reading.declared(), *reading.stated()]
    what = Load(str(path), reading.source(), statements)
    faults += reading.faults
    if all(record.startswith("statements.") for record in broken):  # else what speaks of a broken node is faulty too
        faults += Guard(ontology()).faults(what)
    if faults:
        raise Refused(str(path), faults)
    return what


def _text(path: Path, name: str) -> str:
    if Path(name).name != name:
        raise InputError(f"{path}: document.text: {name!r} must be the name of a file beside the annotation")
    return read_text(path.parent / name)


class _Reading:
    def __init__(self, marked: Marked, text: str, broken: Set[str]) -> None:
        self.data: Mapping[str, Any] = marked.data
        self.broken = broken
        self.marked = marked
        self.text = text
        self.id: str = self.data["document"]["id"]
        self.faults: list[Fault] = []
        self.ids = self._ids()

    def source(self) -> Source:
        properties = {k: v for k, v in self.data["document"].items() if k not in ("id", "publisher")}
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return Source(self.id, "Document", {**properties, "text": self.text, "sha256": digest})

    def declared(self) -> Iterator[Statement]:
        """What the nodes are and are called, and where the text mentions them."""
        for section, key, node in self._nodes():
            id_, path = self.ids[key], (section, key)
            line = self.marked.line(path)
            mentions: dict[str, Quote] = {}
            for index, mention in enumerate(node.get("mentions", [])):
                selector = {"quote": mention} if isinstance(mention, str) else mention
                place = (*path, "mentions", index)
                if quote := self._find(selector, place, key):
                    mentions.setdefault(quote.quote, quote)
                    how: dict[str, Scalar] = {
                        "linked_by": "annotation",
                        "confidence": float(selector.get("confidence", 1)),
                    }
                    yield Statement(self.id, MENTIONS, id_, self.id, quote, how, line=self.marked.line(place))
            # What the text does not say in so many words is the annotation's own: it is the record, and marked so.
            record = Record(f"{section}/{key}")
            yield value(self.id, id_, "type", node["type"], record, implied=True, line=line)
            if said := mentions.get(node["name"]):
                yield value(self.id, id_, "name", node["name"], said, lang="en", line=line)
            else:
                yield value(self.id, id_, "name", node["name"], record, lang="en", implied=True, line=line)
            for name, text in node.get("identifiers", {}).items():
                yield value(self.id, id_, name, text, record, implied=True, line=line)
        if publisher := self.data["document"].get("publisher"):
            evidence, line = Record("document/publisher"), self.marked.line(("document", "publisher"))
            yield Statement(self.id, "publishedBy", self._id(publisher), self.id, evidence, line=line)

    def stated(self) -> Iterator[Statement]:
        """The statements of the text."""
        for index, item in enumerate(self.data["statements"]):
            path, record = ("statements", index), f"statements.{index}"
            if record not in self.broken and (quote := self._find(item, path, record)):
                yield Statement(
                    self._id(item["subject"]),
                    item["predicate"],
                    self._id(item["object"]),
                    self.id,
                    quote,
                    {key: self._qualifier(key, found) for key, found in item.items() if key not in _OWN_KEYS},
                    modality=item.get("modality", "asserted"),
                    negated=item.get("negated", False),
                    line=self.marked.line(path),
                )

    def _nodes(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for section in ("entities", "occurrences"):
            for key, node in self.data.get(section, {}).items():
                if f"{section}.{key}" not in self.broken:
                    yield section, key, node

    def _ids(self) -> Mapping[str, str]:
        """Id in the graph by key in the file: what is scoped belongs to this document only."""
        ids: dict[str, str] = {}
        taken = {self.id}
        for section, key, node in self._nodes():
            id_ = f"{self.id}--{key}" if node.get("scoped") else key
            if key in ids or id_ in taken:
                rule = "is the id of another entity, occurrence or the document too; take another one"
                self.faults.append(Fault(self.marked.line((section, key)), section, "id", id_, rule))
            ids[key] = id_
            taken.add(id_)
        return ids

    def _qualifier(self, key: str, found: Any) -> Scalar:
        return self._id(found) if ontology().qualifiers[key].refers else found

    def _id(self, key: str) -> str:
        return self.ids.get(key, key)

    def _find(self, selector: Mapping[str, Any], path: Path_, record: str) -> Quote | None:
        quote, prefix = selector["quote"], selector.get("prefix", "")
        found = list(_positions(self.text, prefix + quote + selector.get("suffix", "")))
        if len(found) == 1:
            start = found[0] + len(prefix)
            return Quote(quote, start, start + len(quote))
        often = f"stands {len(found)} times in the text; add a prefix or suffix"
        rule = often if found else self._missing(quote)
        self.faults.append(Fault(self.marked.line((*path, "quote")), record, "quote", quote, rule))
        return None

    def _missing(self, quote: str) -> str:
        if quote in self.text:
            return "does not stand in the text with this prefix and suffix right before and after it"
        lengths = range(1, len(quote) + 1)
        known = quote[: bisect_left(lengths, True, key=lambda length: quote[:length] not in self.text)]
        return f"not in the text; only its beginning {known!r} is" if known else "not in the text"


def _positions(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)
