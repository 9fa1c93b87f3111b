"""The description of the SPARQL service (SPARQL 1.1 Service Description)."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

RDF = ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]
"""Formats of RDF, the preferred one first."""

_SD = "http://www.w3.org/ns/sparql-service-description#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
)
_PREFIXES = {"sd": _SD, "formats": "http://www.w3.org/ns/formats/"}


def description(endpoint: str, graphs: Iterable[str], media: str) -> bytes:
    """What the endpoint can do and which named graphs it has, in a format of RDF."""
    written = ox.serialize(_triples(endpoint, graphs), format=_format(media), prefixes=_PREFIXES)
    if written is None:
        raise TypeError(media)
    return written


def _format(media: str) -> ox.RdfFormat:
    found = ox.RdfFormat.from_media_type(media)
    if found is None:
        raise TypeError(media)
    return found


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _triples(endpoint: str, graphs: Iterable[str]) -> Iterator[ox.Triple]:
    service, dataset, default = ox.NamedNode(endpoint), ox.BlankNode("dataset"), ox.BlankNode("default")
    yield ox.Triple(service, _TYPE, _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), service)
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    for name in _FORMATS:
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(f"{_PREFIXES['formats']}{name}"))
    yield ox.Triple(service, _sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _TYPE, _sd("Dataset"))
    yield ox.Triple(dataset, _sd("defaultGraph"), default)
    yield ox.Triple(default, _TYPE, _sd("Graph"))
    for number, graph in enumerate(graphs):
        named = ox.BlankNode(f"graph{number}")
        yield ox.Triple(dataset, _sd("namedGraph"), named)
        yield ox.Triple(named, _TYPE, _sd("NamedGraph"))
        yield ox.Triple(named, _sd("name"), ox.NamedNode(graph))
