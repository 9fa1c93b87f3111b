"""The JSON Schemas (draft 2020-12) of the files that people write by hand, made from the ontology.

`python -m loaders.schema` writes them beside this module, `--check` fails if they differ from what is committed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from graph.errors import Fault
from graph.records import SLUG
from loaders.marked import Marked, Path_
from ontology.model import Ontology, Property, Qualifier, load
from ontology.render import main as write_or_check

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_ID: Schema = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_MENTION: Schema = {  # a text, or a W3C TextQuoteSelector with our confidence that it means this entity
    "type": ["string", "object"],
    "minLength": 1,
    "properties": {
        "quote": _TEXT,
        "prefix": _TEXT,
        "suffix": _TEXT,
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["quote"],
    "additionalProperties": False,
}
_FIXED = {"source", "start", "end", "record"}  # qualifiers that the loader fills in


def schemas(ontology: Ontology) -> Mapping[str, Schema]:
    """File name → schema."""
    return {"annotation.schema.json": _annotation(ontology), "names.schema.json": _names(ontology)}


@cache
def validator(name: str) -> Draft202012Validator:
    """Validator of one of the schemas."""
    return Draft202012Validator(schemas(load())[name])


def faults(name: str, marked: Marked) -> list[Fault]:
    """Where a file breaks its schema, by line; the record of a fault is the beginning of its path."""
    found = []
    for error in validator(name).iter_errors(marked.data):
        for path in _places(error):
            record, last = ".".join(map(str, path[:2])) or "file", str(path[-1]) if path else "file"
            shown = _shown(error.instance) if path == tuple(error.absolute_path) else ""  # else the fault is the key
            found.append(Fault(marked.line(path), record, last, shown, _rule(error)))
    return found


def _shown(found: object) -> str:
    if isinstance(found, str):
        return found
    return "" if isinstance(found, dict | list) else json.dumps(found)


def _places(error: ValidationError) -> Iterator[Path_]:
    path, schema, found = tuple(error.absolute_path), cast(Schema, error.schema), cast(Any, error.instance)
    if error.validator == "additionalProperties":  # the keys that are too many, not the mapping that has them
        patterns = schema.get("patternProperties", {})
        for key in found:
            if key not in schema["properties"] and not any(re.search(pattern, key) for pattern in patterns):
                yield (*path, key)
    elif "propertyNames" in error.absolute_schema_path:
        yield (*path, found)
    else:
        yield path


def _rule(error: ValidationError) -> str:
    if error.validator == "additionalProperties":
        schema = cast(Schema, error.schema)
        return "not known here; known are " + ", ".join(
            [*sorted(schema["properties"]), *schema.get("patternProperties", {})]
        )
    if error.validator == "type":
        types = cast(Any, error.validator_value)
        wanted = [types] if isinstance(types, str) else types
        as_text = isinstance(error.instance, int | float) and "string" in wanted
        return "write it as a text, in quotes" if as_text else f"must be of type {' or '.join(wanted)}"
    return error.message


def _annotation(ontology: Ontology) -> Schema:
    event_classes = [name for name in ontology.classes if ontology.is_a(name, ["Occurrence"])]
    other_classes = [name for name in ontology.classes if name not in {*event_classes, "Document", "Dataset"}]
    return _file(
        "annotation",
        "Stand-off annotation of a document: what it mentions and what it states, each with its verbatim quote.",
        {
            "document": _source(ontology, "Document", loaded={"sha256"}, publisher=_ID),
            "entities": _nodes(other_classes, ontology),
            "occurrences": _nodes(event_classes, ontology),
            "statements": {
                "type": "array",
                "items": _closed(
                    {
                        "subject": _ID,
                        "predicate": {"enum": sorted(ontology.statements)},
                        "object": _ID,
                        "prefix": _TEXT,
                        "suffix": _TEXT,
                        **{
                            key: _property(qualifier, ontology)
                            for key, qualifier in ontology.qualifiers.items()
                            if not (qualifier.derived or qualifier.only_on or key in _FIXED)
                        },
                    },
                    required=["subject", "predicate", "object", "quote"],
                ),
            },
        },
        required=["document", "statements"],
    )


def _names(ontology: Ontology) -> Schema:
    names = _closed({"type": {"enum": sorted(ontology.classes)}}, required=["type"])
    names["patternProperties"] = {"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": {"type": "array", "minItems": 1, "items": _TEXT}}
    return _file(
        "names",
        "Names of things, by BCP 47 language tag.",
        {
            "dataset": _source(ontology, "Dataset", loaded={"sha256"}),
            "names": {"type": "object", "propertyNames": _ID, "additionalProperties": names},
        },
        required=["dataset", "names"],
    )


def _nodes(classes: list[str], ontology: Ontology) -> Schema:
    identifiers = {name: _TEXT for name, property_ in ontology.values.items() if property_.identifier}
    node = _closed(
        {
            "type": {"enum": sorted(classes)},
            "name": _TEXT,
            "scoped": {"type": "boolean"},
            "identifiers": _closed(identifiers),
            "mentions": {"type": "array", "items": _MENTION},
        },
        required=["type", "name"],
    )
    return {"type": "object", "propertyNames": _ID, "additionalProperties": node}


def _source(ontology: Ontology, class_: str, loaded: set[str], **more: Schema) -> Schema:
    own = {
        key: property_
        for key, property_ in ontology.sources.items()
        if class_ in property_.domain and key not in loaded
    }
    required = ["id", *(key for key, property_ in own.items() if class_ in property_.required_on)]
    return _closed({"id": _ID, **dict.fromkeys(own, _TEXT), **more}, required)


def _property(property_: Property, ontology: Ontology) -> Schema:
    if isinstance(property_, Qualifier) and property_.scheme:
        return {"enum": sorted(ontology.vocabularies[property_.scheme].concepts)}
    return {
        None: _ID,
        "boolean": {"type": "boolean"},
        "decimal": {"type": "number"},
        "integer": {"type": "integer"},
    }.get(property_.datatype, _TEXT)


def _file(name: str, title: str, properties: Schema, required: list[str]) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://w3id.org/belgraph/{name}.schema.json",
        "title": title,
        **_closed(properties, required),
    }


def _closed(properties: Schema, required: list[str] | None = None) -> Schema:
    closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return closed | ({"required": required} if required else {})


if __name__ == "__main__":
    made = {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in schemas(load()).items()}
    write_or_check(Path(__file__).parent, made)
