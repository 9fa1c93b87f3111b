"""The graph as a dataset of linked data: what is in it, how much, under which terms, and where to get it.

By VoID (W3C Interest Group Note of 3 March 2011), at the address that RFC 5785 and the note's section 7.2 give it. What
it counts is counted once for each revision of the database.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response
from rdflib import OWL, RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, VOID

from api.deps import MappingDep
from api.documented import forms
from api.export import MEDIA
from api.linked import FORMS, Typed, licence_iri, link
from api.serialized import serialized
from graph.rdf.counting import Counts, count
from graph.rdf.formats import PREFIXES
from graph.rdf.mapping import RdfMapping
from graph.store import Row, Store
from ontology.model import ONTOLOGY_IRI, Ontology

router = APIRouter(tags=["linked data"], route_class=Typed)

SOURCES = 1_000
"""Sources whose licences are told, the first by id."""

_EXAMPLES = ("Country", "Person", "Organization", "Event", "Document")
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_FEATURES = {"nt": "N-Triples", "nq": "N-Quads", "ttl": "Turtle", "trig": "TriG", "jsonld": "JSON-LD", "rdf": "RDF_XML"}


@dataclass(frozen=True, slots=True)
class Told:
    """What of the database the description tells."""

    counts: Counts
    sources: list[Row]
    examples: list[str]


class Statistics:
    """Counts, and keeps the counts while the revision stays."""

    def __init__(self, store: Store, mapping: RdfMapping) -> None:
        self._store = store
        self._mapping = mapping
        self._lock = asyncio.Lock()
        self._revision = ""
        self._kept: Told | None = None

    async def at(self, revision: str) -> Told:
        """What is told at a revision that was read before."""
        async with self._lock:  # whoever asks meanwhile waits for the same counting
            if self._kept is None or revision != self._revision:
                counts = await count(self._store, self._mapping)
                self._kept = Told(counts, await self._sources(), await self._examples())
                self._revision = revision
            return self._kept

    async def _sources(self) -> list[Row]:
        return await self._store.read(
            "MATCH (n:Document|Dataset) WHERE n.id IS :: STRING NOT NULL"
            " RETURN n.id AS id, n.title AS title, n.licence AS licence, n.url AS url ORDER BY id LIMIT $most",
            most=SOURCES + 1,
        )

    async def _examples(self) -> list[str]:
        found = [
            await self._store.read(f"MATCH (n:{name}) WHERE n.id > '' RETURN n.id AS id ORDER BY id LIMIT 1")
            for name in _EXAMPLES
        ]
        return sorted({row["id"] for rows in found for row in rows})


@router.get(
    "/.well-known/void",
    response_class=Response,
    responses=forms(*(media for media, _ in FORMS.values())),
    summary="What the data is",
    operation_id="getVoid",
)
async def get_void(request: Request, mapping: MappingDep) -> Response:
    """The whole graph described in VoID: statistics, links to other data, licences of its sources, dumps, SPARQL.

    Triples are counted as the dumps have them: a plain triple is there once for each statement that says it.
    """
    statistics = cast("Statistics", request.app.state.void)
    told = await statistics.at(request.state.revision)
    root, media = str(request.base_url), request.state.media_type
    found = describe(told, root, mapping)
    written = serialized(found, next(ending for ending, (form, _) in FORMS.items() if form == media))
    return Response(written, media_type=media, headers={"Link": link(f"{root}.well-known/void#graph", "describes")})


def describe(told: Told, root: str, mapping: RdfMapping) -> Graph:
    """The description; `root` is the address of this server."""
    graph = Graph()
    for prefix, iri in {**PREFIXES, "void": str(VOID), "dcterms": str(DCTERMS), "foaf": str(FOAF)}.items():
        graph.bind(prefix, iri)
    document = URIRef(f"{root}.well-known/void")
    whole = URIRef(f"{document}#graph")
    counts = told.counts

    def say(subject: URIRef, *said: tuple[URIRef, URIRef | Literal]) -> None:
        for predicate, object_ in said:
            graph.add((subject, predicate, object_))

    say(document, (RDF.type, VOID.DatasetDescription), (FOAF.primaryTopic, whole), (FOAF.topic, whole))
    say(document, (DCTERMS.title, Literal("Description of the belgraph dataset", lang="en")))
    say(
        whole,
        (RDF.type, VOID.Dataset),
        (DCTERMS.title, Literal("belgraph", lang="en")),
        (DCTERMS.description, Literal("Relations of Belarus, the US and the EU, and which source says so.", lang="en")),
        (VOID.uriSpace, Literal(mapping.base)),
        (VOID.vocabulary, ONTOLOGY_IRI),
        (VOID.sparqlEndpoint, URIRef(f"{root}sparql")),
        (VOID.triples, Literal(counts.triples)),
        (VOID.entities, Literal(counts.nodes)),
        (VOID.classes, Literal(len(+counts.classes))),
        (VOID.properties, Literal(len(+counts.properties))),
        *((VOID.vocabulary, URIRef(iri)) for iri in sorted(PREFIXES.values())),
        *((VOID.dataDump, URIRef(f"{root}export.{ending}")) for ending in MEDIA),
        *((VOID.feature, _FORMATS[name]) for name in _FEATURES.values()),
        *((VOID.exampleResource, URIRef(mapping.iri(id_)[1:-1])) for id_ in told.examples),
    )
    _partitions(say, document, whole, counts)
    _linksets(say, document, whole, counts, mapping.ontology)
    if len(told.sources) > SOURCES:
        note = f"The first {SOURCES:,} of its sources are described here; {root}v1/documents lists them all."
        say(whole, (RDFS.comment, Literal(note, lang="en")))
    for source in told.sources[:SOURCES]:
        part = URIRef(mapping.iri(source["id"])[1:-1])
        say(whole, (VOID.subset, part), (DCTERMS.source, part))
        say(part, (RDF.type, VOID.Dataset), (DCTERMS.title, Literal(str(source["title"] or source["id"]))))
        if licence := licence_iri(source["licence"]):
            say(part, (DCTERMS.license, URIRef(licence)))
        elif source["licence"]:
            say(part, (DCTERMS.rights, Literal(str(source["licence"]))))
    return graph


Say = Callable[..., None]


def _partitions(say: Say, document: URIRef, whole: URIRef, counts: Counts) -> None:
    for iri, number in sorted((+counts.classes).items()):
        part = URIRef(f"{document}#class-{_name(iri)}")
        say(whole, (VOID.classPartition, part))
        say(part, (VOID["class"], URIRef(iri)), (VOID.entities, Literal(number)))
    for iri, number in sorted((+counts.properties).items()):
        part = URIRef(f"{document}#property-{_name(iri)}")
        say(whole, (VOID.propertyPartition, part))
        say(part, (VOID.property, URIRef(iri)), (VOID.triples, Literal(number)))


def _name(iri: str) -> str:
    """A name for a term within this document: its prefix and its local name."""
    prefix, namespace = next((prefix, known) for prefix, known in PREFIXES.items() if iri.startswith(known))
    return f"{prefix}-{iri.removeprefix(namespace)}"


def _linksets(say: Say, document: URIRef, whole: URIRef, counts: Counts, ontology: Ontology) -> None:
    """Links to each authority that describes the same things under IRIs of its own."""
    for name, number in sorted((+counts.same).items()):
        template = ontology.values[name].iri_template or ""
        links, target = URIRef(f"{document}#links-{name}"), URIRef(f"{document}#target-{name}")
        say(whole, (VOID.subset, links))
        say(
            links,
            (RDF.type, VOID.Linkset),
            (VOID.linkPredicate, OWL.sameAs),
            (VOID.subjectsTarget, whole),
            (VOID.objectsTarget, target),
            (VOID.triples, Literal(number)),
        )
        say(target, (RDF.type, VOID.Dataset), (VOID.uriSpace, Literal(template.partition("{")[0])))
