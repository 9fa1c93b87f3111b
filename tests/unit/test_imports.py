"""Which package may import which (docs/design.md), read from the code and not from running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "ontology": set[str](),
    "graph": {"ontology"},
    "loaders": {"ontology", "graph"},
    "queries": {"ontology", "graph"},
    "api": {"ontology", "graph", "queries"},
    "benchmarks": {"ontology", "graph"},
    "belgraph": {"ontology", "graph", "loaders", "queries", "api"},
}
OURS = {*MAY_IMPORT, "tests"}

DRIVER = "neo4j"
DRIVER_MODULE = "graph/store.py"


def faults(path: str, source: str) -> Iterator[str]:
    """What the imports of one module break, wherever in the module they stand."""
    layer = Path(path).parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt | ast.expr):
            continue
        for module in _imported(node):
            package = module.partition(".")[0]
            if package in OURS - MAY_IMPORT[layer] - {layer}:
                yield f"{path}:{node.lineno}: {layer} may not import {module}"
            if package == DRIVER and path != DRIVER_MODULE and layer != "benchmarks":  # the peers there use it plainly
                yield f"{path}:{node.lineno}: only {DRIVER_MODULE} may import the driver"
        if _hides(node):
            yield f"{path}:{node.lineno}: this import does not name its package"


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []


def _hides(node: ast.AST) -> bool:
    """Whether the node is a relative import, or a call that imports what it computes."""
    match node:
        case ast.ImportFrom(level=level):
            return level > 0
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in {"__import__", "import_module"}
        case _:
            return False


def modules() -> list[Path]:
    return [ROOT / "belgraph.py", *(file for package in sorted(MAY_IMPORT) for file in (ROOT / package).rglob("*.py"))]


def test_every_module_keeps_the_direction() -> None:
    found = [
        fault for file in modules() for fault in faults(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


def test_every_package_has_its_place() -> None:
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert {*packages, *(file.stem for file in ROOT.glob("*.py"))} - {"tests"} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("ontology/model.py", "import graph.errors", "ontology may not import graph.errors"),
        ("graph/load.py", "from loaders import registry", "graph may not import loaders"),
        ("graph/load.py", "import typing, api.app as app", "graph may not import api.app"),
        ("loaders/document.py", "def f():\n    from api.app import create_app", "loaders may not import api.app"),
        ("api/app.py", "from loaders.registry import read", "api may not import loaders.registry"),
        ("api/v1/app.py", "import belgraph", "api may not import belgraph"),
        ("queries/catalog.py", "if TYPE_CHECKING:\n    import api", "queries may not import api"),
        ("belgraph.py", "import tests.unit", "belgraph may not import tests.unit"),
        ("graph/load.py", "from neo4j.exceptions import Neo4jError", "may import the driver"),
        ("belgraph.py", "import neo4j", "may import the driver"),
        ("graph/load.py", "from .store import Store", "does not name its package"),
        ("graph/load.py", "from . import store", "does not name its package"),
        ("loaders/registry.py", "importlib.import_module(name)", "does not name its package"),
        ("loaders/registry.py", "__import__('api')", "does not name its package"),
    ],
)
def test_a_wrong_import_is_found(path: str, source: str, expected: str) -> None:
    (fault,) = faults(path, source)
    assert expected in fault


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("graph/store.py", "import neo4j\nfrom neo4j import GraphDatabase\nfrom graph.errors import Unavailable"),
        ("graph/load.py", "import neo4j_rust_ext, apipkg, graphlib\nfrom ontology import model"),
        ("api/app.py", "from graph.store import Store\nfrom queries.catalog import CATALOG"),
        ("belgraph.py", "from api.app import create_app\nfrom loaders.registry import LOADERS"),
    ],
)
def test_a_right_import_is_not(path: str, source: str) -> None:
    assert list(faults(path, source)) == []
