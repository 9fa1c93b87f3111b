"""RDF export and the SPARQL endpoint beside rdflib and pyoxigraph.

Run it with `python -m benchmarks.rdf [STATEMENTS …]`; without numbers, with 10,000, 100,000 and 1,000,000.

For each size it starts a Neo4j and the API on free ports of the loopback interface and in a folder of its own, fills
the graph (benchmarks/generated.py), prints the tables of benchmarks/export.py and benchmarks/sparql.py, and ends both.
"""

import asyncio
import subprocess
import sys

from rich.console import Console

from benchmarks import export, sparql
from benchmarks.generated import fill
from benchmarks.machine import ROOT, empty, facts
from graph.config import Settings
from graph.load import prepare
from graph.password import password
from graph.store import Store
from ontology.model import load as load_ontology

SIZES = (10_000, 100_000, 1_000_000)


async def _fill(size: int) -> None:
    settings = Settings()
    async with Store(settings, password(settings)) as store:
        await prepare(store, load_ontology())
        await fill(store, load_ontology(), size)


def main(arguments: list[str]) -> None:
    """Print the tables, or fill a Neo4j that runs."""
    if arguments[:1] == ["--fill"]:
        asyncio.run(_fill(int(arguments[1])))
        return
    console = Console(width=110)
    console.print(facts())
    for size in [int(argument) for argument in arguments] or SIZES:
        with empty() as environment:
            filling = [sys.executable, "-m", "benchmarks.rdf", "--fill", str(size)]
            subprocess.run(filling, env=environment, cwd=ROOT, check=True)
            console.print(export.table(size, environment))
            console.print(sparql.table(size, environment))


if __name__ == "__main__":
    main(sys.argv[1:])
