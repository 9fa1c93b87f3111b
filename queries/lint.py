"""Three traps of SPARQL, found in the algebra of a query (SPARQL 1.1, section 18).

In one MATCH of Cypher two relationships are never the same one; in a group of SPARQL two variables may well hold one
statement. An OPTIONAL that hangs on the rest only by a variable which an earlier OPTIONAL may have left unbound joins
everything with everything where it is. And a FILTER sees only what its own group binds: of a variable from outside it
makes an error, which is to say no row. What stands inside EXISTS is not looked into.
"""

from collections.abc import Collection, Iterator
from itertools import combinations

from rdflib import RDF
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node, Variable

Trap = tuple[Variable, str]
"""A variable, and what is wrong with it."""

_NESTED = {"p", "p1", "p2"}
_OTHER_SCOPES = {"Union", "ToMultiSet"}


def traps(algebra: CompValue, parameters: Collection[str]) -> Iterator[Trap]:
    """The traps that a query walks into; its parameters stand in it as variables."""
    different = set(_inequalities(algebra))
    for scope in _scopes(algebra):
        yield from _same_statement(scope, different)
    for node in _nodes(algebra):
        if node.name == "LeftJoin":
            yield from _cross_product(node)
        elif node.name == "Filter":
            for variable in _read(node.expr):
                if variable not in _variables(node.p) and str(variable) not in parameters:
                    yield variable, f"a FILTER reads ?{variable}, which its own group does not bind"


def _same_statement(triples: list[tuple[Node, ...]], different: set[frozenset[Node]]) -> Iterator[Trap]:
    relations = {s: o for s, p, o in triples if p == RDF.predicate and isinstance(s, Variable)}
    for one, other in combinations(relations, 2):
        if relations[one] == relations[other] and frozenset((one, other)) not in different:
            yield other, f"?{other} and ?{one} may be the same statement: say FILTER(?{one} != ?{other})"


def _cross_product(optional: CompValue) -> Iterator[Trap]:
    bound = _certain(optional.p1)
    for variables in _components(optional.p2):
        if variables.isdisjoint(bound):
            name = min(variables - _variables(optional.p1) or variables)
            yield name, f"the OPTIONAL with ?{name} hangs on nothing that is bound for certain: a cross product"


def _scopes(node: CompValue) -> Iterator[list[tuple[Node, ...]]]:
    """The triples of each group; a branch of UNION, an OPTIONAL and a sub-select are groups of their own."""
    inner: list[CompValue] = []
    yield _joined(node, inner)
    for each in inner:
        yield from _scopes(each)


def _joined(node: CompValue, inner: list[CompValue]) -> list[tuple[Node, ...]]:
    if node.name == "BGP":
        return list(node.triples)
    triples = []
    for key, child in _children(node):
        if node.name in _OTHER_SCOPES or (node.name in ("LeftJoin", "Minus") and key == "p2"):
            inner.append(child)
        else:
            triples += _joined(child, inner)
    return triples


def _certain(node: CompValue) -> set[Variable]:
    """The variables that every solution binds."""
    match node.name:
        case "BGP":
            return _in_triples(node)
        case "values":
            return set.intersection(*({v for v, value in row.items() if isinstance(value, Node)} for row in node.res))
        case "LeftJoin" | "Minus":
            return _certain(node.p1)
        case "Join":
            return _certain(node.p1) | _certain(node.p2)
        case "Union":
            return _certain(node.p1) & _certain(node.p2)
        case "Extend":
            inner = _certain(node.p)
            return inner | {node.var} if _is_certain(node.expr, inner) else inner
        case "AggregateJoin":
            inner = _certain(node.p)
            return {a.res for a in node.A if a.name == "Aggregate_Count" or a.vars in inner}
        case "Project":
            return _certain(node.p) & set(node.PV)
        case _:
            return set[Variable]().union(*(_certain(child) for _, child in _children(node)))


def _is_certain(expression: object, bound: set[Variable]) -> bool:
    if isinstance(expression, CompValue):
        return expression.name == "Builtin_COALESCE" and any(_is_certain(each, bound) for each in expression.arg)
    return expression in bound if isinstance(expression, Variable) else isinstance(expression, Node)


def _components(node: CompValue) -> list[set[Variable]]:
    """The variables of a pattern, in sets that share none."""
    found: list[set[Variable]] = []
    for variables in _pieces(node):
        touching = [each for each in found if not each.isdisjoint(variables)]
        found = [each for each in found if each not in touching] + [variables.union(*touching)]
    return found


def _pieces(node: CompValue) -> Iterator[set[Variable]]:
    if node.name == "BGP":
        yield from ({term for term in triple if isinstance(term, Variable)} for triple in node.triples)
    elif node.name in _OTHER_SCOPES:
        yield _variables(node)
    else:
        for key, child in _children(node):
            if not (node.name in ("LeftJoin", "Minus") and key == "p2"):
                yield from _pieces(child)


def _variables(node: CompValue) -> set[Variable]:
    """The variables that a pattern may bind, as seen from outside."""
    if node.name == "BGP":
        return _in_triples(node)
    if node.name == "values":
        return {variable for row in node.res for variable in row}
    if node.name == "Project":
        return set(node.PV)
    inner = set[Variable]().union(*(_variables(child) for _, child in _children(node)))
    return inner | {node.var} if node.name == "Extend" else inner


def _in_triples(bgp: CompValue) -> set[Variable]:
    return {term for triple in bgp.triples for term in triple if isinstance(term, Variable)}


def _children(node: CompValue) -> list[tuple[str, CompValue]]:
    return [(key, child) for key, child in node.items() if key in _NESTED and isinstance(child, CompValue)]


def _nodes(node: CompValue) -> Iterator[CompValue]:
    yield node
    for _, child in _children(node):
        yield from _nodes(child)


def _read(found: object) -> Iterator[Variable]:
    """The variables that an expression reads, save inside EXISTS."""
    if isinstance(found, Variable):
        yield found
    elif isinstance(found, CompValue) and not found.name.endswith("EXISTS"):
        for key, each in found.items():
            if key != "_vars":
                yield from _read(each)
    elif isinstance(found, list):
        for each in found:
            yield from _read(each)


def _inequalities(found: object) -> Iterator[frozenset[Node]]:
    """The pairs of variables that some filter holds apart."""
    if isinstance(found, CompValue):
        if found.name == "RelationalExpression" and found.op == "!=":
            yield frozenset((found.expr, found.other))
        for each in found.values():
            yield from _inequalities(each)
    elif isinstance(found, list):
        for each in found:
            yield from _inequalities(each)
