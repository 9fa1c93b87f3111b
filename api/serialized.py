"""Small graphs of rdflib in every form of the data, the same graph always in the same bytes.

rdflib builds and holds them; pyoxigraph writes them, because rdflib's order of JSON-LD changes from process to process
and its RDF/XML loses types of lists.
"""

import pyoxigraph as ox
from rdflib import Graph

from graph.rdf.parsing import SYNTAXES


def serialized(graph: Graph, ending: str) -> bytes:
    """A graph in the form with that ending; its blank nodes keep the names that they have."""
    lines = b"".join(sorted(graph.serialize(format="nt", encoding="utf-8").splitlines(keepends=True)))
    if ending == "nt":
        return lines
    known = {prefix: str(namespace) for prefix, namespace in graph.namespaces()}
    prefixes = {prefix: iri for prefix, iri in known.items() if prefix and f"<{iri}".encode() in lines}
    triples = (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    written = ox.serialize(triples, format=SYNTAXES[ending], prefixes=prefixes)
    if written is None:
        raise TypeError("pyoxigraph gives the bytes where it is given no place for them")
    return written
