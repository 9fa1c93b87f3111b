"""What the resources need of the application.

All are coroutines: FastAPI would run a plain function in a thread, which costs more than some lookups do.
"""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.facets import FacetCounts
from graph.store import Store
from ontology.model import Ontology


async def _store(request: Request) -> Store:
    return cast("Store", request.app.state.store)


async def _ontology(request: Request) -> Ontology:
    return cast("Ontology", request.app.state.ontology)


async def _facets(request: Request) -> FacetCounts:
    return cast("FacetCounts", request.app.state.facets)


StoreDep = Annotated[Store, Depends(_store)]
OntologyDep = Annotated[Ontology, Depends(_ontology)]
FacetsDep = Annotated[FacetCounts, Depends(_facets)]
