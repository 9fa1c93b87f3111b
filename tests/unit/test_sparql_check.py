"""What a SPARQL query is refused for before it is evaluated."""

import pytest

from graph.sparql.check import check
from graph.sparql.words import QueryFault, may_reach

GRAPH = "http://example.org/g"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "ASK { ?s ?p 'SERVICE <http://example.org/> { }' }  # SERVICE <http://example.org/> { }",
        "DESCRIBE <http://example.org/service>",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        "SELECT * FROM <http://example.org/g> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://example.org/g> { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX e: <http://example.org/> SELECT * FROM e:g { ?s ?p ?o }",
        "BASE <http://example.org/> SELECT * FROM <g> { ?s ?p ?o }",
    ],
)
def test_a_query_that_reads_what_is_there(query: str) -> None:
    check(query, {GRAPH})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "ask{sErViCe silent<http://127.0.0.1/>{}}",
        "SELECT * { ?s ?p ?o OPTIONAL { { SELECT * { SERVICE ?s { ?a ?b ?c } } } } }",
        "SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE <http://127.0.0.1/> { ?a ?b ?c } } }",
        "SELECT * { ?s ?p ?o MINUS { SERVICE <http://127.0.0.1/> { ?a ?b ?c } } }",
        "SELECT (EXISTS { SERVICE <http://127.0.0.1/> { ?a ?b ?c } } AS ?x) { }",
        "ASK { ?s ?p ?o } HAVING (EXISTS { SERVICE <http://127.0.0.1/> { ?a ?b ?c } })",
        "SELECT * { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <http://127.0.0.1/> { ?a ?b ?c } })",
        "ASK { # a comment that a CR ends\rSERVICE <http://127.0.0.1/> { ?s ?p ?o }\n}",
        r"ASK { \u0053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * FROM <file:///etc/hostname> { ?s ?p ?o }",
        "SELECT * FROM <http://example.org/g> FROM NAMED <http://127.0.0.1/> { ?s ?p ?o }",
        "PREFIX e: <http://example.org/> SELECT * FROM e:other { ?s ?p ?o }",
    ],
)
def test_a_query_that_reaches_elsewhere(query: str) -> None:
    assert may_reach(query)
    with pytest.raises(QueryFault) as caught:
        check(query, {GRAPH})

    assert caught.value.kind == "refused"


def test_what_a_query_chooses() -> None:
    query = "BASE <http://example.org/> SELECT * FROM <g> FROM NAMED <g> { ?s ?p ?o }"

    assert check(query, {GRAPH}) == ((GRAPH,), (GRAPH,))
    assert check("SELECT * FROM <g> { ?s ?p ?o }", {GRAPH}, "http://example.org/sparql") == ((GRAPH,), ())
    assert check("SELECT * { ?s ?p ?o }", {GRAPH}) is None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "PREFIX e: <http://example.org/> ASK { ?s e:validFrom ?from }",
        "ASK { ?service ?valid_from $from }",
    ],
)
def test_no_tree_is_needed_where_neither_word_can_stand(query: str) -> None:
    assert not may_reach(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM none:g { ?s ?p ?o }",
        "ASK FROM <http://example.org/g> " + "{" * 5000 + "}" * 5000,
        "SELECT * FROM <http://example.org/g> { ?s ?p ?o }; DROP ALL",
        "ASK { ?s ?p 1SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",  # for the engine this is a SERVICE
        "ASK { ?s ?p trueSERVICE <http://127.0.0.1/> { ?s ?p ?o } }",  # and this
        "PREFIX e: <http://example.org/> ASK { ?s ?p e:.SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",  # and this
    ],
)
def test_what_is_no_query(query: str) -> None:
    assert may_reach(query)
    with pytest.raises(QueryFault) as caught:
        check(query, {GRAPH})

    assert caught.value.kind in ("malformed", "refused")


def test_a_fault_has_its_place() -> None:
    with pytest.raises(QueryFault) as caught:
        check("SELECT * FROM <http://example.org/g>\n{ ?s ?p }", ())

    assert caught.value.position is not None
    assert caught.value.position[0] in (1, 2)
