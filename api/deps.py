"""What the resources need of the application."""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.facets import FacetCounts
from graph.store import Store
from ontology.model import Ontology


def _store(request: Request) -> Store:
    return cast("Store", request.app.state.store)


def _ontology(request: Request) -> Ontology:
    return cast("Ontology", request.app.state.ontology)


def _facets(request: Request) -> FacetCounts:
    return cast("FacetCounts", request.app.state.facets)


StoreDep = Annotated[Store, Depends(_store)]
OntologyDep = Annotated[Ontology, Depends(_ontology)]
FacetsDep = Annotated[FacetCounts, Depends(_facets)]
