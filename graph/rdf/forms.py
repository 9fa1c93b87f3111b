"""What a statement is in RDF, apart from its values.

Many statements differ in their values only: they have one form, and what is made of the form once serves them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.rdf.terms import OA, OWL, PROV, RDF, TYPE, Block, literal, parts, term
from graph.records import STATES
from ontology.model import Ontology

AROUND = 32
"""Characters of the text before and after a quote that its selector keeps."""

ORIGIN = {
    "source": "hadPrimarySource",
    "asserted_by": "wasAttributedTo",
    "recorded_at": "generatedAtTime",
    "retracted_at": "invalidatedAtTime",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A statement without its values.

    `keys` are its qualifiers, in order; `lang` is the tag of its value, `states` the property that it states outright,
    `same` the template of an identifier that means one thing only. It is `plain` where it is a triple as well, and
    `surrounded` where its source's text goes on before and after the quote.
    """

    predicate: str
    keys: tuple[str, ...]
    lang: str | None
    states: str | None
    same: str | None
    plain: bool
    surrounded: bool


def blocks(form: Form, terms: Mapping[str, str], ontology: Ontology) -> Iterator[Block]:
    """A statement: `terms` are its own, its ends', its qualifiers', and those of what surrounds its quote."""
    said = [
        (TYPE, f"<{RDF}Statement>"),
        (f"<{RDF}subject>", terms["subject"]),
        (f"<{RDF}predicate>", term(form.predicate)),
        (f"<{RDF}object>", terms["object"]),
    ]
    said += [(term(ontology.qualifiers[key].name), terms[key]) for key in form.keys]
    said += [(f"<{PROV}{name}>", terms[key]) for key, name in ORIGIN.items() if key in form.keys]
    yield terms["this"], said
    if "quote" in form.keys:
        yield from _evidence(form, terms)
    if form.plain and form.predicate != STATES:
        yield terms["subject"], [(term(form.predicate), terms["object"])]
    elif form.states and form.states != "type":  # a class is an rdf:type already
        same = [(f"<{OWL}sameAs>", terms["same"])] if form.same else []
        yield terms["object"], [(term(form.states), terms["value"]), *same]


def _evidence(form: Form, terms: Mapping[str, str]) -> Iterator[Block]:
    this = terms["this"]
    annotation, target, quoted, position = (
        f"{this[:-1]}#{part}>" for part in ("evidence", "target", "quote", "position")
    )
    placed = "start" in form.keys and "end" in form.keys
    yield annotation, [(TYPE, f"<{OA}Annotation>"), (f"<{OA}hasBody>", this), (f"<{OA}hasTarget>", target)]
    selected = [(f"<{OA}hasSelector>", selector) for selector in ([quoted, position] if placed else [quoted])]
    yield target, [(TYPE, f"<{OA}SpecificResource>"), (f"<{OA}hasSource>", terms["source"]), *selected]
    exact = [(TYPE, f"<{OA}TextQuoteSelector>"), (f"<{OA}exact>", terms["quote"])]
    if form.surrounded:
        exact += [(f"<{OA}{name}>", terms[name]) for name in ("prefix", "suffix")]
    yield quoted, exact
    if placed:
        at = [(f"<{OA}{key}>", literal(parts(terms[key])[0], "nonNegativeInteger")) for key in ("start", "end")]
        yield position, [(TYPE, f"<{OA}TextPositionSelector>"), *at]


def is_plain(properties: Mapping[str, Any]) -> bool:
    """Whether a source says it outright: asserted, not denied, in its own voice, done or going on, not ending."""
    return (
        properties.get("modality") == "asserted"
        and properties.get("negated") is False
        and "asserted_by" not in properties
        and "retracted_at" not in properties
        and properties.get("status") in (None, "done", "ongoing")
        and properties.get("change") not in ("decreases", "ends")
        and properties.get("quantity_unit") != "percent"
    )


def is_surrounded(properties: Mapping[str, Any], text: str | None) -> bool:
    """Whether the quote stands in the text where it should; a withdrawn one may quote an older text."""
    quote, start, end = properties.get("quote"), properties.get("start"), properties.get("end")
    return text is not None and type(start) is int and type(end) is int and text[start:end] == quote


def surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a quote."""
    return text[max(0, start - AROUND) : start], text[end : end + AROUND]
