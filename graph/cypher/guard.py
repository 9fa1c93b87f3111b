"""Which Cypher of a user is run: the guard of `POST /v1/cypher`.

Neo4j Community has no roles, so whoever can send a query can do everything; a read transaction refuses writes, but
neither files, other hosts, settings, nor other people's transactions. So the server is asked first what it means to do
(EXPLAIN), and a query passes if every operator of the plan and every procedure is on a list below: what a later Neo4j
adds is refused until someone puts it there.

The plan is not the whole truth: a subquery inside a list expression (`[x IN [1] | COLLECT { … }]`) is one operator, and
functions are none. So the text is looked at first, by rules that need no parser and so cannot be led astray by quotes,
comments or escapes: they count words wherever they stand. They rather refuse a harmless query; in a parameter, every
word may stand.
"""

import re
from collections.abc import Iterable

from graph.errors import DatabaseError
from graph.store import Plan

_READ = """
AllNodesScan AntiConditionalApply AntiSemiApply Apply Argument AssertSameNode AssertSameRelationship
BidirectionalRepeat CacheProperties CartesianProduct ConditionalApply DirectedAllRelationshipsScan
DirectedRelationshipByElementIdSeek DirectedRelationshipByIdSeek DirectedRelationshipIndexContainsScan
DirectedRelationshipIndexEndsWithScan DirectedRelationshipIndexScan DirectedRelationshipIndexSeek
DirectedRelationshipIndexSeekByRange DirectedRelationshipTypeScan DirectedRelationshipUniqueIndexSeek
DirectedUnionRelationshipTypesScan Distinct Eager EagerAggregation EmptyResult EmptyRow ExhaustiveLimit Expand Filter
IntersectionNodeByLabelsScan LetAntiSemiApply LetSelectOrAntiSemiApply LetSelectOrSemiApply LetSemiApply Limit
MultiNodeIndexSeek NodeByElementIdSeek NodeByIdSeek NodeByLabelScan NodeCountFromCountStore NodeHashJoin
NodeIndexContainsScan NodeIndexEndsWithScan NodeIndexScan NodeIndexSeek NodeIndexSeekByRange NodeLeftOuterHashJoin
NodeRightOuterHashJoin NodeUniqueIndexSeek NodeUniqueIndexSeekByRange NullifyMetadata Optional OptionalExpand
OrderedAggregation OrderedDistinct OrderedUnion PartialSort PartialTop PathPropagatingBFS ProcedureCall ProduceResults
ProjectEndpoints Projection RelationshipCountFromCountStore Repeat RollUpApply SelectOrAntiSemiApply SelectOrSemiApply
SemiApply ShortestPath Skip Sort StatefulShortestPath SubtractionNodeByLabelsScan Top TriadicBuild TriadicFilter
TriadicSelection UndirectedAllRelationshipsScan UndirectedRelationshipByElementIdSeek UndirectedRelationshipByIdSeek
UndirectedRelationshipIndexContainsScan UndirectedRelationshipIndexEndsWithScan UndirectedRelationshipIndexScan
UndirectedRelationshipIndexSeek UndirectedRelationshipIndexSeekByRange UndirectedRelationshipTypeScan
UndirectedRelationshipUniqueIndexSeek UndirectedUnionRelationshipTypesScan Union UnionNodeByLabelsScan Unwind
ValueHashJoin VarLengthExpand
"""

OPERATORS = frozenset(_READ.split())
"""Operators that read the graph or compute, without what stands in parentheses behind them (`Expand(All)`)."""

PROCEDURES = frozenset(
    {
        "db.index.fulltext.listAvailableAnalyzers",
        "db.index.fulltext.queryNodes",
        "db.index.fulltext.queryRelationships",
        "db.index.vector.queryNodes",
        "db.index.vector.queryRelationships",
        "db.labels",
        "db.propertyKeys",
        "db.relationshipTypes",
        "db.schema.nodeTypeProperties",
        "db.schema.relTypeProperties",
        "db.schema.visualization",
    }
)
"""Procedures that read the graph or its schema."""

NAMESPACES = frozenset({"date", "datetime", "duration", "localdatetime", "localtime", "point", "time", "vector"})
"""First parts of the names of functions that only compute. A function without a dot is the server's own."""

LONGEST = 10_000  # characters; the planner's time grows faster than the text
MOST = {
    "XOR": (8, re.compile(r"\bxor\b", re.IGNORECASE)),
    "NOT": (60, re.compile(r"\bnot\b|!", re.IGNORECASE)),
    "AND and OR": (150, re.compile(r"\b(?:and|or)\b|[&|]", re.IGNORECASE)),
    "clauses": (60, re.compile(r"\b(?:call|match|merge|union|unwind|with)\b", re.IGNORECASE)),
    "CASE": (30, re.compile(r"\bcase\b", re.IGNORECASE)),
    "properties of properties": (10, re.compile(r"\.\s*[^\W\d]\w*(?=\s*\.)")),
    "steps of paths": (25, re.compile(r"<?\s*-\s*(?:\[[^\]]*\]\s*)?-\s*>?")),
}
"""How many of what the planner's time grows fastest with, up to without an end: of XOR it doubles with each."""
DEEPEST = 100  # brackets; from about 300 on the server's stack overflows, and the connection hangs


class Forbidden(DatabaseError):  # noqa: N818 - "the query is forbidden"
    """A query is not run; `what` names the operator, procedure or trait for which it is not."""

    def __init__(self, what: str, why: str) -> None:
        self.what = what
        self.why = why
        super().__init__(f"{what} is refused: {why}")


def check_text(query: str, procedures: Iterable[str], functions: Iterable[str]) -> None:
    """Check what the plan may not show; `procedures` and `functions` are the names of all that the server has.

    Raises:
        Forbidden: names what is not run.
    """
    if len(query) > LONGEST:
        raise Forbidden("length", f"a query has up to {LONGEST} characters; pass long values as parameters")
    if _depth(query) > DEEPEST:
        raise Forbidden("nesting", f"brackets are nested up to {DEEPEST} deep")
    for what, (most, shape) in MOST.items():
        if sum(1 for _ in shape.finditer(query)) > most:
            raise Forbidden(what, f"a query has up to {most} of them")
    if re.search(r"\\[uU]", query):
        raise Forbidden("unicode escape", "write the character itself, or pass the text as a parameter")
    folded = query.casefold()
    if "load" in folded and "csv" in folded:
        raise Forbidden("LoadCSV", "files and other hosts are not read; if the words are text, pass it as a parameter")
    words = set(re.findall(r"\w+", folded))
    forbidden = [name for name in functions if name.partition(".")[0].casefold() not in NAMESPACES and "." in name]
    if "call" in words:
        forbidden += [name for name in procedures if name not in PROCEDURES]
    for name in forbidden:
        if words.issuperset(name.casefold().split(".")):
            raise Forbidden(name, "it is not on the list of what only reads the graph")
    if "range" in words:
        _check_range(query)


_BRACKET = re.compile(r"[(\[{]|[)\]}]")


def _depth(query: str) -> int:
    depth = deepest = 0
    for match in _BRACKET.finditer(query):
        depth += 1 if match[0] in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


_SIZE = r"(?:size|length)\((?:\s*\w+(?:\.\w+)?\s*|\s*\w+\(\s*\w+\s*\)\s*)\)"
_BOUND = rf"\s*(?:-?\d{{1,5}}|{_SIZE})\s*(?:[-+]\s*\d{{1,5}}\s*)?"
_SHORT = re.compile(rf"range\s*\((?:{_BOUND},){{1,2}}{_BOUND}\)", re.IGNORECASE)
_RANGE = re.compile(r"\brange\b`?(?=[^\w,;.)\]}=<>+*:|-]*[(/])", re.IGNORECASE)
_UNWOUND = re.compile(r"unwind\s+$", re.IGNORECASE)


def _check_range(query: str) -> None:
    """Let `range` stand after UNWIND, or be short: what is computed inside an expression cannot be stopped.

    This is a service, not a lock: there are other ways to compute for ever, and they cost the server a restart.
    """
    for match in _RANGE.finditer(query):
        if not (_SHORT.match(query, match.start()) or _UNWOUND.search(query, 0, match.start())):
            raise Forbidden(
                "range", "in an expression its bounds are numbers up to 99999 or size(…); or write UNWIND range(…) AS x"
            )


def check_plan(plan: Plan | None) -> None:
    """Check what the server means to do.

    Raises:
        Forbidden: names the first operator or procedure that is not on the list.
    """
    if plan is None:
        raise Forbidden("the query", "the server does not tell what it would do")
    for operator, details in plan.operators:
        name = re.split(r"[@(]", operator)[0]
        if name not in OPERATORS:
            raise Forbidden(name, "it is not on the list of what only reads the graph")
        called = re.findall(r"ResolvedCall\(([^(]*)\(", details)  # in a subquery that has no operators of its own
        if name == "ProcedureCall":
            called.append(details.partition("(")[0])
        for procedure in called:
            if procedure not in PROCEDURES:
                raise Forbidden(procedure, "it is not on the list of procedures that only read the graph")
    if plan.kind != "r":
        raise Forbidden("the query", f"it does more than read (the server calls it {plan.kind!r})")
