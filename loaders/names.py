"""Loads names of things in several languages from a YAML file (its JSON Schema is `names.schema.json`)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from graph.errors import Refused
from graph.guard import Guard
from graph.records import Load, Record, Source, Statement, value
from loaders.marked import Marked, read, read_text
from loaders.schema import faults as schema_faults
from ontology.model import load as ontology


def load(path: Path) -> Load:
    """What a file of names says; the record of a name is its entity's id and language.

    Raises:
        InputError: the file cannot be read.
        Refused: it has faults; all of them are listed, by line.
    """
    marked = read(path)
    if faults := schema_faults("names.schema.json", marked):
        raise Refused(str(path), faults)
    dataset = dict(marked.data["dataset"])
    source = Source(dataset.pop("id"), "Dataset", {**dataset, "sha256": _digest(path)})
    what = Load(str(path), source, list(_statements(source.id, marked)))
    if guarded := list(Guard(ontology()).faults(what)):
        raise Refused(str(path), guarded)
    return what


def _digest(path: Path) -> str:
    return hashlib.sha256(read_text(path).encode()).hexdigest()


def _statements(source: str, marked: Marked) -> Iterator[Statement]:
    for entity, languages in marked.data["names"].items():
        line = marked.line(("names", entity))
        yield value(source, entity, "type", languages["type"], Record(f"{entity}/type"), line=line)
        for lang, names in languages.items():
            if lang != "type":
                for index, name in enumerate(names):
                    line = marked.line(("names", entity, lang, index))
                    yield value(source, entity, "name", name, Record(f"{entity}/{lang}"), lang=lang, line=line)
