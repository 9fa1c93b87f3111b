"""The ontology, dereferenced: the whole and each of its terms, as a page for people and as RDF for machines.

Its IRIs are the same wherever belgraph runs. A term's IRI ends in a fragment, which no server ever sees, so whoever
follows it gets the whole (Best Practice Recipes for Publishing RDF Vocabularies, recipe 3); `/ontology/{term}` is one
term alone. All of it is answered without a database.
"""

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from rdflib import RDFS, BNode, Graph, URIRef
from rdflib.namespace import DCTERMS, OWL
from rdflib.term import Node

from api.documented import forms
from api.linked import FORMS, Typed, link
from api.parameters import near
from api.problems import NotFound, short
from api.rendering import HTML, render
from api.serialized import serialized
from api.terms import TermView, sections, term_names, view
from ontology.model import BG, ONTOLOGY_IRI, graph, load

_FILE = files("ontology").joinpath("belgraph.ttl").read_bytes()
_REVISION = hashlib.sha256(_FILE).hexdigest()
_ENDINGS = {media: ending for ending, (media, _) in FORMS.items()}
_MEDIA = (HTML, *_ENDINGS)


class Constant(Typed):
    """A route whose answers change with the program only."""

    async def revision(self, _: Request) -> str:
        """The ontology's own."""
        return _REVISION


router = APIRouter(tags=["linked data"], route_class=Constant)


@router.get(
    "/ontology",
    response_class=Response,
    responses=forms(*_MEDIA),
    summary="The ontology",
    operation_id="getOntology",
)
async def get_ontology(request: Request) -> Response:
    """All classes, relations, qualifiers and vocabularies: what each means and when to use it."""
    return _whole(request, request.state.media_type)


@router.get(
    "/ontology/{term}",
    response_class=Response,
    responses=forms(*_MEDIA, problems=[NotFound]),
    summary="A term of the ontology",
    operation_id="getTerm",
)
async def get_term(
    request: Request,
    term: Annotated[str, Path(max_length=200, description="Local name, or the version.", examples=["hasTarget"])],
) -> Response:
    """One class, relation, qualifier or value; with the version of the ontology instead (its `owl:versionIRI`), all."""
    if term == load().version:
        return _whole(request, request.state.media_type)
    if term not in term_names():
        raise NotFound(f"the ontology has no term {short(term)!r}", near(term, term_names()))
    root, media = str(request.base_url), request.state.media_type
    links = ", ".join([link(str(BG[term]), "describes"), link(f"{root}ontology", "describedby"), _licence()])
    if media != HTML:
        return Response(_serialized(term, _ENDINGS[media]), media_type=media, headers={"Link": links})
    shown: TermView = view(term, f"{root}ontology/")
    return render("term.html", root, links, title=shown.label, term=shown)


def _whole(request: Request, media: str) -> Response:
    root = str(request.base_url)
    there = {HTML: f"{root}ontology", **{form: f"{root}ontology.{ending}" for form, ending in _ENDINGS.items()}}
    alternates = [link(url, "alternate", form) for form, url in there.items() if form != media]
    links = ", ".join([*alternates, link(str(ONTOLOGY_IRI), "describes"), _licence()])
    if media != HTML:
        return Response(_serialized(None, _ENDINGS[media]), media_type=media, headers={"Link": links})
    return render(
        "ontology.html",
        root,
        links,
        title=f"Ontology {load().version}",
        iri=str(ONTOLOGY_IRI),
        version_iri=str(graph().value(ONTOLOGY_IRI, OWL.versionIRI)),
        description=str(graph().value(ONTOLOGY_IRI, DCTERMS.description)),
        sections=sections("#"),
        data={name: (f"{root}ontology.{ending}", form) for ending, (form, name) in FORMS.items()},
    )


def _licence() -> str:
    return link(str(graph().value(ONTOLOGY_IRI, DCTERMS.license)), "license")


@cache
def _serialized(term: str | None, ending: str) -> bytes:
    """A term, or the ontology, in a format; the same bytes in every process."""
    if term is None and ending == "ttl":
        return _FILE  # as it was written, comments included
    found = Graph()
    for prefix, namespace in graph().namespaces():
        found.bind(prefix, namespace)
    if term is None:
        for subject in sorted({each for each in graph().subjects() if isinstance(each, URIRef)}):
            _copy(subject, subject, found)
    else:
        _copy(BG[term], BG[term], found)
        found.add((BG[term], RDFS.isDefinedBy, ONTOLOGY_IRI))
    return serialized(found, ending)


def _copy(subject: Node, named: Node, into: Graph) -> None:
    """Add what is said of a node, with its blank nodes under names that stay the same: in this file they are trees."""
    for predicate, object_ in sorted(graph().predicate_objects(subject), key=str):
        if isinstance(object_, BNode):
            below = BNode("n" + hashlib.blake2b(f"{named} {predicate}".encode(), digest_size=8).hexdigest())
            into.add((named, predicate, below))
            _copy(object_, below, into)
        else:
            into.add((named, predicate, object_))


def _operation(media: str) -> Callable[..., Awaitable[Response]]:
    async def ontology(request: Request) -> Response:
        return _whole(request, media)

    return ontology


for _ending, (_media, _name) in FORMS.items():
    router.add_api_route(
        f"/ontology.{_ending}",
        _operation(_media),
        methods=["GET"],
        response_class=Response,
        responses=forms(_media),
        summary=f"The ontology in {_name}",
        description="The whole ontology at an address of its own for this format.",
        operation_id=f"ontology{_ending.capitalize()}",
    )
