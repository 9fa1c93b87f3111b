"""What the network's resources need: the network, and what the database says of its nodes and statements."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import OntologyDep, StoreDep
from api.statements import PROJECTION, reference, shape
from graph.constraints import OURS, types
from graph.network.network import Networks
from graph.store import Store
from ontology.model import Ontology

Shapes = Mapping[str, Mapping[str, Any]]
"""Nodes or statements as JSON, by id."""


async def _networks(request: Request, store: StoreDep, ontology: OntologyDep) -> Networks:
    """The one of the application, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "networks"):
        state.networks = Networks(store, ontology)
    found: Networks = state.networks
    return found


NetworksDep = Annotated[Networks, Depends(_networks)]


async def references(store: Store, ontology: Ontology, ids: Collection[str]) -> Shapes:
    """The nodes of these ids in short; those that are not there are left out."""
    query = "UNWIND $ids AS id MATCH (n:Thing {id: id}) RETURN [n.id, n.name, labels(n)] AS node"
    rows = await store.read(query, ids=sorted(set(ids)))
    return {row["node"][0]: reference(row["node"], ontology) for row in rows}


async def statements(store: Store, ontology: Ontology, ids: Collection[str]) -> Shapes:
    """The live statements of these ids; those withdrawn meanwhile are left out."""
    pattern = "|".join(types(ontology, structural=False))
    query = f"MATCH (a:Thing)-[r:{pattern}]->(b:Thing) WHERE r.id IN $ids {OURS} {PROJECTION}"
    rows = await store.read(query, ids=sorted(set(ids)))
    return {row["id"]: shape(row, ontology) for row in rows}
