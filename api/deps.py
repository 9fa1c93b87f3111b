"""What the resources need of the application.

All are coroutines: FastAPI would run a plain function in a thread, which costs more than some lookups do.
"""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.facets import FacetCounts
from graph.rdf.mapping import RdfMapping
from graph.sparql.view import Views
from graph.store import Store
from ontology.model import Ontology


async def _store(request: Request) -> Store:
    return cast("Store", request.app.state.store)


async def _ontology(request: Request) -> Ontology:
    return cast("Ontology", request.app.state.ontology)


async def _facets(request: Request) -> FacetCounts:
    return cast("FacetCounts", request.app.state.facets)


async def _mapping(request: Request) -> RdfMapping:
    return cast("RdfMapping", request.app.state.mapping)


async def _views(request: Request) -> Views:
    return cast("Views", request.app.state.views)


StoreDep = Annotated[Store, Depends(_store)]
OntologyDep = Annotated[Ontology, Depends(_ontology)]
FacetsDep = Annotated[FacetCounts, Depends(_facets)]
MappingDep = Annotated[RdfMapping, Depends(_mapping)]
ViewsDep = Annotated[Views, Depends(_views)]
"""The graph as SPARQL sees it."""
