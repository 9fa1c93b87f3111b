"""Pages about entities, sources and statements, for people; search engines find schema.org's JSON-LD in them.

A page about an entity shows its statements in pages, as the lists of the API do; the data forms always have all.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import schemaorg
from api.deps import MappingDep, OntologyDep, StoreDep
from api.documented import forms
from api.linked import Addresses, Found, Id, Typed, find, full_id, iri_of, licensed, link, page_of
from api.paging import Page, answer
from api.problems import NotFound
from api.rendering import HTML, render
from api.selection import BY_SUBJECT, KINDS, Filters
from api.statements import PROJECTION, Statement, found, shape
from api.views import Linked, SourceView, Views
from graph.constraints import OURS, RETRACTED, WHOLE, types
from graph.rdf.mapping import RdfMapping
from graph.store import Row, Store
from ontology.model import Ontology

router = APIRouter(tags=["linked data"], route_class=Typed)

STATEMENTS, VALUES = 50, 1_000  # on a page
AROUND = 240
"""Characters of the text before and after a quote that the page of a statement shows."""


class Asked(BaseModel):
    """Query parameters of a page."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, description="Of the next statements, as the page links them.", max_length=2000)


@router.get(
    "/page/{id:path}",
    response_class=Response,
    responses=forms(HTML, problems=[NotFound]),
    summary="The page of an entity or statement",
    operation_id="getPage",
)
async def get_page(
    request: Request,
    id: Id,
    store: StoreDep,
    ontology: OntologyDep,
    mapping: MappingDep,
    asked: Annotated[Asked, Query()],
) -> Response:
    """Names, classes, identifiers and statements of an entity, each with its source, or one statement with its text."""
    what = await find(store, ontology, id)
    at = Addresses.of(request, mapping, id)
    if what.kind == "statement":
        return await _statement(what, at, store, ontology, mapping)
    return await _entity(what, at, store, ontology, asked, request)


async def _entity(
    what: Found, at: Addresses, store: Store, ontology: Ontology, asked: Asked, request: Request
) -> Response:
    row = (await store.read(_ENTITY, id=at.id))[0]
    properties = row["properties"]
    listed = await _listed(what, at, store, ontology, asked, request)
    ids = {value[4] for value in row["values"]} | {item["source"] for item in listed.items}
    views = Views(ontology, at.root, await _sources(store, at.root, ids))
    values = [views.value(*value) for value in row["values"]]
    stated = [(value[0], view) for value, view in zip(row["values"], values, strict=True)]
    names = [view for key, view in stated if key == "name"]
    identifiers = [(key, view) for key, view in stated if key in ontology.values and ontology.values[key].identifier]
    title = str(properties.get("name") or at.id)
    class_ = ontology.most_specific(row["labels"])
    jsonld = schemaorg.thing(
        ontology,
        at.iri,
        class_,
        at.page,
        at.all_data,
        name=title,
        names=sorted({(view.value, view.lang) for view in names if view.value != title}, key=str),
        identifiers=sorted({(key, view.value) for key, view in identifiers}),
        same=sorted({view.url for key, view in identifiers if view.url and ontology.values[key].strong}),
        statuses=properties.get("statuses", []),
        source=properties if what.kind == "source" else None,
    )
    following = f"{at.page}?cursor={listed.next}" if listed.next else None
    links = [link(at.iri, "describes"), link(at.page, "canonical"), *licensed(what)]
    return render(
        "entity.html",
        at.root,
        at.links(*links, *([link(following, "next")] if following else [])),
        at=at,
        title=title,
        language=properties.get("language") if what.kind == "source" else None,
        classes=[views.term(name, ontology.classes[name].label) for name in _ordered(row["labels"], ontology)],
        facts=_facts(properties, what, ontology),
        names=names,
        identifiers=[view for _, view in identifiers],
        cut=VALUES if len(values) == VALUES else None,
        is_source=what.kind == "source",
        statements=[views.statement(item) for item in listed.items],
        next=following,
        first=at.page if asked.cursor else None,
        licence=what.licence,
        jsonld=jsonld,
    )


async def _listed(
    what: Found, at: Addresses, store: Store, ontology: Ontology, asked: Asked, request: Request
) -> Page[Any]:
    """Statements about an entity, or of a source."""
    paged = {"cursor": asked.cursor, "limit": STATEMENTS, "format": "json"}
    is_source = what.kind == "source"
    filters = Filters.model_validate({**paged, "source": [at.id]} if is_source else paged)
    fetch = found(store, ontology, filters, BY_SUBJECT, entity=None if is_source else at.id)
    page = await answer(filters, request, Response(), Statement, KINDS, fetch)
    if not isinstance(page, Page):
        raise TypeError("a page as JSON is no stream")
    return page


def _facts(properties: Row, what: Found, ontology: Ontology) -> list[tuple[str, Sequence[Linked]]]:
    if what.kind == "source":
        told = [(each.label, properties[key]) for key, each in ontology.sources.items() if key in properties]
        return [(label, [_plain(value)]) for label, value in told if value is not None]
    derived = [("status", properties.get("statuses", [])), ("date", properties.get("dates", []))]
    return [(label, [Linked(str(value)) for value in values]) for label, values in derived if values]


def _plain(value: object) -> Linked:
    text = str(value)
    return Linked(text, text if text.startswith(("https://", "http://")) else None)


def _ordered(labels: Sequence[str], ontology: Ontology) -> list[str]:
    """The classes of a node, the most specific first."""
    known = [label for label in labels if label in ontology.classes]
    return sorted(known, key=lambda name: (-len(ontology.classes[name].ancestors), name))


async def _statement(what: Found, at: Addresses, store: Store, ontology: Ontology, mapping: RdfMapping) -> Response:
    id_, _, withdrawn = at.id.partition("~")
    kinds = "|".join((*types(ontology, structural=True), RETRACTED))
    rows = await store.read(f"MATCH (a:Thing)-[r:{kinds} {{id: $id}}]->(b:Thing) {OURS} {PROJECTION}", id=id_)
    items = [shape(row, ontology) for row in rows]
    if withdrawn:
        items = [item for item in items if full_id(id_, item.get("retracted_at")) == at.id]
    items.sort(key=lambda item: str(item.get("retracted_at") or ""))  # the live one before those that were withdrawn
    sources = await _sources(store, at.root, {item["source"] for item in items})
    views = Views(ontology, at.root, sources)
    texts = {source.id: await _text(store, source.id) for source in sources}
    shown = [(view := views.statement(item, whole=True), *_around(item, texts.get(view.source.id))) for item in items]
    first, item = shown[0][0], items[0]
    ends = [("subject", first.subject.text), ("object", first.object.text)]
    jsonld = schemaorg.claim(
        at.iri,
        at.page,
        first.sentence,
        [(iri_of(mapping, item[end]["id"]), name) for end, name in ends],
        (iri_of(mapping, first.source.id), first.source.title),
        None if first.quote is None else schemaorg.text(first.quote, first.source.language),
    )
    return render(
        "statement.html",
        at.root,
        at.links(link(at.iri, "describes"), link(at.page, "canonical"), *licensed(what)),
        at=at,
        title=first.sentence,
        statements=shown,
        iris=[iri_of(mapping, full_id(id_, item.get("retracted_at"))) for item in items],
        licence=what.licence,
        jsonld=jsonld,
    )


def _around(item: Mapping[str, Any], text: str | None) -> tuple[str, str]:
    """The text before and after a quote, where it stands in the text as it is now."""
    start, end, quoted = item.get("start"), item.get("end"), item.get("quote")
    if text is None or not isinstance(start, int) or not isinstance(end, int) or text[start:end] != quoted:
        return "", ""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if start > AROUND:  # no half words
        before = "… " + before.partition(" ")[2]
    if end + AROUND < len(text):
        after = after.rpartition(" ")[0] + " …"
    return before, after


async def _sources(store: Store, root: str, ids: set[str]) -> list[SourceView]:
    query = "UNWIND $ids AS id MATCH (n:Thing {id: id}) RETURN n.id AS id, n.name AS name, n.language AS language"
    rows = await store.read(query, ids=sorted(ids))
    return [
        SourceView(row["id"], str(row["name"] or row["id"]), page_of(root, row["id"]), row["language"]) for row in rows
    ]


async def _text(store: Store, id_: str) -> str | None:
    rows = await store.read("MATCH (n:Thing {id: $id}) RETURN n.text AS text", id=id_)
    text = rows[0]["text"] if rows else None
    return text if isinstance(text, str) else None


_ENTITY = f"""
MATCH (n:Thing {{id: $id}})
RETURN labels(n) AS labels, n {{.*, text: null}} AS properties,
       COLLECT {{ MATCH (s:Thing)-[r:STATES]->(n)
                  WITH s, r, {WHOLE} AND s.id = r.source AS whole WHERE whole
                  RETURN [r.property, r.value, r.lang, r.id, s.id]
                  ORDER BY r.property, r.lang, r.value, s.id LIMIT {VALUES} }} AS values
"""
