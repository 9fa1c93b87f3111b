"""The schema of the database is that of the ontology."""

import re

from graph.constraints import schema, types
from ontology.model import load

ONTOLOGY = load()
COMMANDS = list(schema(ONTOLOGY))
ALL = {relation.type for relation in ONTOLOGY.relations.values()}


def found(pattern: str) -> list[str]:
    return [match[1] for command in COMMANDS if (match := re.search(pattern, command))]


def test_the_id_of_a_node_and_of_a_statement_is_unique() -> None:
    assert found(r"FOR \(n:(\w+)\) REQUIRE n\.id IS UNIQUE$") == ["Thing"]
    unique = found(r"FOR \(\)-\[r:(\w+)\]-\(\) REQUIRE r\.id IS UNIQUE$")
    assert sorted(unique) == sorted(ALL - {"RETRACTED"})


def test_what_can_be_withdrawn_twice_is_indexed_without_being_unique() -> None:
    assert found(r"^CREATE INDEX .* FOR \(\)-\[r:(\w+)\]-\(\) ON \(r\.id\)$") == ["RETRACTED"]


def test_every_relation_is_indexed_by_source() -> None:
    assert sorted(found(r"FOR \(\)-\[r:(\w+)\]-\(\) ON \(r\.source\)$")) == sorted(ALL)


def test_the_schema_can_be_made_again() -> None:
    names = found(r"^CREATE (?:CONSTRAINT|INDEX|FULLTEXT INDEX) (\w+) IF NOT EXISTS ")
    assert len(names) == len(set(names)) == len(COMMANDS)


def test_the_types_of_live_statements() -> None:
    assert set(types(ONTOLOGY, structural=True)) == ALL - {"RETRACTED"}
    assert set(types(ONTOLOGY, structural=False)) == {r.type for r in ONTOLOGY.statements.values()}
    assert "HAS_INITIATOR" in types(ONTOLOGY, structural=False)
    assert "STATES" not in types(ONTOLOGY, structural=False)
