"""Entities, sources and statements in the words of schema.org, as JSON-LD 1.1 for the pages about them.

Which class of schema.org one of ours is, the ontology's mappings say. The context names a vocabulary and nothing has to
be fetched for it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rdflib import SKOS, Namespace

from ontology.model import BG, Class, Ontology, graph

SCHEMA = Namespace("https://schema.org/")

_LINKS = ("sameAs", "url", "license", "mainEntityOfPage", "contentUrl", "actionStatus")
_CONTEXT: Mapping[str, Any] = {"@vocab": str(SCHEMA), **{name: {"@type": "@id"} for name in _LINKS}}
_MAPPINGS = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch)  # in none of them would schema.org's class say more
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # what JSON-LD takes for a language (its 4.2.4)
_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")  # the part of EDTF that is ISO 8601


def type_of(class_: Class | None) -> str:
    """Local name of schema.org's class for one of ours, or for the nearest of its superclasses that has one."""
    names = reversed(class_.ancestors) if class_ else ()
    return next(filter(None, (_mapped(name) for name in names)), "Thing")


@cache
def _mapped(name: str) -> str | None:
    """What schema.org calls a term, if it has it."""
    for mapping in _MAPPINGS:
        for found in sorted(map(str, graph().objects(BG[name], mapping))):
            if found.startswith(str(SCHEMA)):
                return found.removeprefix(str(SCHEMA))
    return None


def text(value: str, lang: str | None) -> Any:
    """A text, with its language where it has one."""
    return {"@value": value, "@language": lang} if lang and _TAG.fullmatch(lang) else value


def thing(
    ontology: Ontology,
    iri: str,
    class_: str | None,
    page: str,
    data: Mapping[str, tuple[str, str]],
    *,
    name: str,
    names: Iterable[tuple[str, str | None]] = (),
    identifiers: Iterable[tuple[str, str]] = (),
    same: Iterable[str] = (),
    statuses: Sequence[str] = (),
    source: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """An entity, or a `source` with its properties; `data` are addresses and media types of what is said of it."""
    known = ontology.classes.get(class_ or "")
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": iri,
        "@type": type_of(known),
        "name": name,
        "alternateName": [text(value, lang) for value, lang in names],
        "identifier": [{"@type": "PropertyValue", "propertyID": key, "value": value} for key, value in identifiers],
        "sameAs": list(same),
        "mainEntityOfPage": page,
        "subjectOf": [
            {"@type": "DataDownload", "contentUrl": url, "encodingFormat": media} for url, media in data.values()
        ],
    }
    if known and "Event" in known.ancestors and len(statuses) == 1:
        concept = ontology.vocabularies["Status"].concepts.get(statuses[0])
        status = _mapped(concept.name) if concept else None
        described["actionStatus"] = str(SCHEMA[status]) if status and status.endswith("ActionStatus") else []
    if source is not None:
        described |= _source(source)
    return {key: value for key, value in described.items() if value != []}


def _source(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    published = properties.get("published")
    kept = {
        "url": properties.get("url"),
        "inLanguage": properties.get("language"),
        "datePublished": published if isinstance(published, str) and _DAY.fullmatch(published) else None,
        "version": properties.get("version"),
        "license": properties.get("licence"),
    }
    return {key: value for key, value in kept.items() if isinstance(value, str)}


def claim(
    iri: str, page: str, sentence: str, ends: Sequence[tuple[str, str]], source: tuple[str, str], quote: Any
) -> Mapping[str, Any]:
    """A statement: what it is about and where it appears, all by IRI and name."""
    appearance = {"@type": "CreativeWork", "@id": source[0], "name": source[1]}
    return {
        "@context": _CONTEXT,
        "@id": iri,
        "@type": "Claim",
        "name": sentence,
        "about": [{"@type": "Thing", "@id": end, "name": name} for end, name in ends],
        "appearance": appearance,
        "mainEntityOfPage": page,
        **({"text": quote} if quote is not None else {}),
    }
