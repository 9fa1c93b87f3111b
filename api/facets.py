"""How many entities of a whole result are of each class, and in each source; counted once a revision."""

from collections.abc import Hashable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from graph.store import Store
from ontology.model import Ontology

_KEPT = 200  # results of one revision
_SOURCES = 100


class Count(BaseModel):
    """A value of a filter, and how many entities of the result it keeps."""

    value: str
    count: int


class Facets(BaseModel):
    """Counts over the whole result, the most frequent first."""

    types: list[Count] = Field(description="By class, superclasses included, as `type=` takes them.")
    sources: list[Count] = Field(description=f"By source; the {_SOURCES} with most entities.")


class FacetCounts:
    """Counts facets, and keeps the counts while the revision stays."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._revision = ""
        self._kept: dict[Hashable, Facets] = {}

    async def of(self, store: Store, revision: str, find: str, parameters: Mapping[str, Any]) -> Facets:
        """The facets of the nodes `n` that a query finds, at a revision that was read before."""
        key = (find, repr(sorted(parameters.items())))
        if revision != self._revision or len(self._kept) >= _KEPT:
            self._revision, self._kept = revision, {}
        if key not in self._kept:
            (row,) = await store.read(_COUNT.format(find=find), **parameters)
            types = [Count(value=label, count=n) for label, n in row["types"] if label in self._ontology.classes]
            sources = [Count(value=source, count=n) for source, n in row["sources"]]
            facets = Facets(types=types, sources=sources)
            if revision != self._revision:  # changed while this was counted
                return facets
            self._kept[key] = facets
        return self._kept[key]


_COUNT = f"""
CALL () {{{{
    {{find}} UNWIND labels(n) AS value
    WITH value, count(*) AS count ORDER BY count DESC, value
    RETURN collect([value, count]) AS types
}}}}
CALL () {{{{
    {{find}} MATCH (s:Thing)-[:STATES]->(n)
    WITH s.id AS value, count(DISTINCT n) AS count ORDER BY count DESC, value LIMIT {_SOURCES}
    RETURN collect([value, count]) AS sources
}}}}
RETURN types, sources
"""
