"""The schema of the database, derived from the ontology: what is unique, and what is indexed.

Community edition has uniqueness constraints only. They are what makes loading idempotent: an id stands once.
"""

from collections.abc import Iterator

from ontology.model import Ontology

RETRACTED = "RETRACTED"
NAMES_INDEX = "names"

WHOLE = " AND ".join(
    (
        *(f"r.{key} IS :: STRING NOT NULL" for key in ("id", "source", "modality", "recorded_at")),
        "r.negated IS :: BOOLEAN NOT NULL",
    )
)
"""Condition in Cypher under which a relationship `r` is a statement: one drawn by hand in Neo4j Browser may be none."""

BETWEEN_OURS = f"{WHOLE} AND a.id IS :: STRING NOT NULL AND b.id IS :: STRING NOT NULL"
"""The same, for one from `a` to `b`."""

OURS = f"WITH a, r, b, {BETWEEN_OURS} AS ours WHERE ours"
"""Clause behind a MATCH that keeps these only. It is one value, of which the planner sees nothing: more conditions over
many types take long to plan, and it would begin at the indexes of all that have an id."""


def schema(ontology: Ontology) -> Iterator[str]:
    """Cypher commands that make every constraint and index; each does nothing where it exists already."""
    yield "CREATE CONSTRAINT thing_id IF NOT EXISTS FOR (n:Thing) REQUIRE n.id IS UNIQUE"
    yield (
        f"CREATE FULLTEXT INDEX {NAMES_INDEX} IF NOT EXISTS FOR (n:Thing) ON EACH [n.names]"
        # folding: Lukasenka finds Łukašenka
        " OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-folding'}}"
    )
    for relation in ontology.relations.values():
        name, type_ = relation.type.lower(), relation.type
        if type_ == RETRACTED:  # a statement can be withdrawn more than once
            yield f"CREATE INDEX {name}_id IF NOT EXISTS FOR ()-[r:{type_}]-() ON (r.id)"
        else:
            yield f"CREATE CONSTRAINT {name}_id IF NOT EXISTS FOR ()-[r:{type_}]-() REQUIRE r.id IS UNIQUE"
        yield f"CREATE INDEX {name}_source IF NOT EXISTS FOR ()-[r:{type_}]-() ON (r.source)"
        if type_ == RETRACTED or not relation.structural:
            for key in ("asserted_by", "valid_from_min"):
                yield f"CREATE INDEX {name}_{key} IF NOT EXISTS FOR ()-[r:{type_}]-() ON (r.{key})"


def types(ontology: Ontology, *, structural: bool) -> list[str]:
    """Relationship types of the live statements; with or without the structural ones."""
    relations = ontology.relations.values()
    return [r.type for r in relations if r.type != RETRACTED and (structural or not r.structural)]
