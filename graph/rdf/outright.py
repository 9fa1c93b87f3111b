"""The plain triples of a file: each must come from one of its statements, else an import would drop it."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from graph.errors import Fault
from graph.rdf.mapping import RdfMapping, same
from graph.rdf.reading import StatementRow
from graph.rdf.terms import OWL, XSD, literal, term
from graph.records import STATES

Said = tuple[str, str, str]
"""Terms of a triple, a language tag in lower case."""


def said(quad: ox.Quad) -> Said:
    """A triple of a file."""
    found = quad.object
    if isinstance(found, ox.Literal) and (found.language or found.datatype.value == XSD + "string"):
        return str(quad.subject), str(quad.predicate), literal(found.value, lang=found.language)
    return str(quad.subject), str(quad.predicate), str(found)


def unfounded(triples: set[Said], rows: Iterable[StatementRow], mapping: RdfMapping) -> Iterator[Fault]:
    """Plain triples that no statement says."""
    left = triples.difference(each for row in rows for each in _plain(row, mapping))
    for subject, predicate, object_ in sorted(left):
        rule = "no statement of the file says it outright; a plain triple only repeats an rdf:Statement"
        yield Fault(0, mapping.id_of(subject[1:-1]), mapping.id_of(predicate[1:-1]), object_, rule)


def _plain(row: StatementRow, mapping: RdfMapping) -> Iterator[Said]:
    form, found = mapping.form(row.type, row.properties), row.properties
    if form.plain and form.predicate != STATES:
        yield mapping.iri(row.subject), term(form.predicate), mapping.iri(row.object)
    elif form.states and form.states != "type":
        tag = form.lang.lower() if form.lang else None
        yield mapping.iri(row.object), term(form.states), literal(found["value"], lang=tag)
        if form.same:
            yield mapping.iri(row.object), f"<{OWL}sameAs>", f"<{same(form.same, found['value'])}>"
