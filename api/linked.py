"""The IRIs of entities and statements, dereferenced: a 303 to a page or to data (Cool URIs for the Semantic Web, 4.2).

The IRIs begin with BELGRAPH_BASE_IRI, which may be another host's that leads here; pages and data are under the address
that was asked for.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from starlette.responses import Response, StreamingResponse

from api.deps import MappingDep, OntologyDep, StoreDep
from api.documented import forms, reading_problems
from api.etags import Revalidated
from api.export import MEDIA, joined
from api.head import without_length
from api.problems import NotAcceptable, NotFound, short
from api.rendering import HTML
from api.search import near_ids
from graph.constraints import RETRACTED, types
from graph.errors import UnwritableError
from graph.rdf.describing import describe
from graph.rdf.mapping import RdfMapping
from graph.store import Store
from ontology.model import Ontology

router = APIRouter(tags=["linked data"])

FORMS = {ending: MEDIA[ending] for ending in ("ttl", "jsonld", "nt", "rdf")}
"""Media type and name of each form of the data, by ending."""

_SPDX = re.compile(r"[A-Za-z0-9.+-]+")
_IRI = re.compile(r"[^\x00-\x20<>\"{}|\\^`]+")
_OFFERED = {HTML: "", **{media: ending for ending, (media, _) in FORMS.items()}}

Id = Annotated[str, Path(max_length=200, description="Id of an entity or statement.", examples=["belavia"])]


class Typed(Revalidated):
    """A route whose formats are those that it documents, and no other."""

    def offers(self) -> Sequence[str]:
        """As documented."""
        return list(self.responses[200]["content"])


class Seen(Revalidated):
    """A route that leads to a page or to data."""

    def offers(self) -> Sequence[str]:
        """The page for whoever has no wish."""
        return list(_OFFERED)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where what is about one thing is found: `root` is the address of this server, with a slash at its end."""

    root: str
    iri: str
    id: str

    @classmethod
    def of(cls, request: Request, mapping: RdfMapping, id_: str) -> "Addresses":
        """Those of the thing that has an id."""
        return cls(str(request.base_url), iri_of(mapping, id_), id_)

    @property
    def page(self) -> str:
        """The page."""
        return page_of(self.root, self.id)

    def data(self, ending: str) -> str:
        """The data in the form with that ending."""
        return f"{self.root}data/{quote(self.id, safe='+')}.{ending}"

    @property
    def all_data(self) -> Mapping[str, tuple[str, str]]:
        """Address and media type of each form of the data, by the name of the form."""
        return {name: (self.data(ending), media) for ending, (media, name) in FORMS.items()}

    def links(self, *more: str, but: str = HTML) -> str:
        """A Link header (RFC 8288): all forms except one, then `more`, then the description of the whole graph."""
        there = {HTML: self.page, **{media: self.data(ending) for ending, (media, _) in FORMS.items()}}
        alternates = [link(url, "alternate", media) for media, url in there.items() if media != but]
        return ", ".join([*alternates, *more, link(f"{self.root}.well-known/void", "describedby", "text/turtle")])


def full_id(statement: str, retracted_at: object) -> str:
    """What the IRI of a statement ends in: its id, and if it was withdrawn, when; see `RdfMapping.statement`."""
    return f"{statement}~{re.sub('[-:.]', '', str(retracted_at))}" if retracted_at else statement


def iri_of(mapping: RdfMapping, full: str) -> str:
    """The IRI that ends in it."""
    id_, tilde, withdrawn = full.partition("~")
    return f"{mapping.iri(id_)[1:-1]}{tilde}{quote(withdrawn, safe='+')}"


def page_of(root: str, full: str) -> str:
    """The address of the page about it."""
    return f"{root}page/{quote(full, safe='+')}"


def link(url: str, relation: str, media: str | None = None) -> str:
    """A value of a Link header."""
    return f'<{url}>; rel="{relation}"' + (f'; type="{media}"' if media else "")


def licensed(found: "Found") -> Sequence[str]:
    """The Link of a licence, where there is one."""
    return [link(found.licence, "license")] if found.licence else []


def licence_iri(licence: object) -> str | None:
    """The IRI of a licence: its own address, or SPDX's for an identifier; None for a publisher's own words."""
    if not isinstance(licence, str):
        return None
    if licence.startswith(("https://", "http://")) and _IRI.fullmatch(licence):
        return licence
    return f"https://spdx.org/licenses/{licence}" if _SPDX.fullmatch(licence) else None


@dataclass(frozen=True, slots=True)
class Found:
    """What has an id: an `entity`, a `source` or a `statement`; the licence is that of the source."""

    kind: Literal["entity", "source", "statement"]
    licence: str | None = None


async def find(store: Store, ontology: Ontology, id_: str) -> Found:
    """What has an id, as an IRI ends in it: a statement that was withdrawn has `~` and the time behind its id.

    Raises:
        NotFound: nothing has it.
    """
    rows = await store.read("MATCH (n:Thing {id: $id}) RETURN labels(n) AS labels, n.licence AS licence", id=id_)
    if rows:
        is_source = ontology.is_source(rows[0]["labels"])
        return Found("source", licence_iri(rows[0]["licence"])) if is_source else Found("entity")
    statement, _, withdrawn = id_.partition("~")
    kinds = "|".join((*types(ontology, structural=True), RETRACTED))
    query = f"""
        MATCH (:Thing)-[r:{kinds} {{id: $id}}]->(:Thing) OPTIONAL MATCH (s:Thing {{id: r.source}})
        RETURN r.retracted_at AS withdrawn, s.licence AS licence
    """
    for row in await store.read(query, id=statement):
        if not withdrawn or full_id(statement, row["withdrawn"]) == id_:
            return Found("statement", licence_iri(row["licence"]))
    raise await unknown(id_, store)


async def unknown(id_: str, store: Store) -> NotFound:
    """The problem for an id that nothing has."""
    return NotFound(f"no entity or statement has the id {short(id_)!r}", await near_ids(id_, store, "true"))


async def dereference(
    request: Request, id: Id, store: StoreDep, ontology: OntologyDep, mapping: MappingDep
) -> Response:
    """Leads to the page of an entity or statement, or to its data, by the Accept header."""
    found = await find(store, ontology, id)
    at = Addresses.of(request, mapping, id)
    ending = _OFFERED[request.state.media_type]
    headers = {
        "Location": at.data(ending) if ending else at.page,
        "Vary": "Accept",
        "Link": at.links(*licensed(found), but=""),
    }
    return Response(status_code=303, headers=headers)


router.add_api_route(
    "/id/{id:path}",
    dereference,
    methods=["GET"],
    status_code=303,
    response_class=Response,
    responses={
        303: {
            "description": "See Other. Where the page or the data is.",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
        },
        **reading_problems(NotFound),
    },
    summary="Dereference an entity or statement",
    operation_id="dereference",
    route_class_override=Seen,
)


def _operation(ending: str, media: str) -> Callable[..., Awaitable[Response]]:
    async def data(request: Request, id: Id, store: StoreDep, ontology: OntologyDep, mapping: MappingDep) -> Response:
        found = await find(store, ontology, id)
        chunks = describe(store, mapping, id, ending)
        try:
            first = await anext(chunks, None)
        except UnwritableError as error:
            raise NotAcceptable(str(error)) from error
        if first is None:
            raise await unknown(id, store)
        at = Addresses.of(request, mapping, id)
        headers = {"Link": at.links(link(at.iri, "describes"), *licensed(found), but=media)}
        if getattr(request.state, "head", False):
            await chunks.aclose()
            return without_length(Response(media_type=media, headers=headers))

        return StreamingResponse(joined(first, chunks), media_type=media, headers=headers)

    return data


for _ending, (_media, _what) in FORMS.items():
    router.add_api_route(
        f"/data/{{id:path}}.{_ending}",
        _operation(_ending, _media),
        methods=["GET"],
        summary=f"An entity or statement in {_what}",
        description=(
            "What the whole export says of it: of an entity all that is stated about it, as subject or as object, with"
            " the evidence, live and withdrawn. It is never cut off, but streamed, however much is said."
        ),
        operation_id=f"data{_ending.capitalize()}",
        response_class=StreamingResponse,
        responses=forms(_media, problems=[NotFound]),
        route_class_override=Typed,
    )
