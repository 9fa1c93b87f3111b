"""The command line: it wires the packages together and holds nothing else."""

import asyncio
import contextlib
import csv
import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from uvicorn.loops.auto import auto_loop_factory

from graph.config import Settings
from graph.errors import BelgraphError, InvalidError, ServerError, SettingsError
from graph.load import Report, load, prepare
from graph.local.instance import Claim, as_it_runs, claim, running, stop, wait_ready
from graph.local.ports import require_port
from graph.local.server import LocalNeo4j
from graph.local.status import status as status_of
from graph.password import password
from graph.rdf.checking import ExportReport, export
from graph.rdf.export import Exported, write
from graph.rdf.formats import FORMATS
from graph.rdf.mapping import RdfMapping
from graph.rdf.restoring import restore
from graph.rdf.shapes import validate
from graph.sparql.view import Views
from graph.store import Store
from loaders.registry import LOADERS, SEED_SOURCES, read
from ontology.model import load as load_ontology
from queries.catalog import Question, find
from queries.run import Row, bind, run_cypher, run_sparql

T = TypeVar("T")


class Engine(StrEnum):
    """The languages of the catalogue."""

    CYPHER = "cypher"
    SPARQL = "sparql"


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


RdfFormat = StrEnum("RdfFormat", {name.upper(): name for name in FORMATS})  # type: ignore[misc]

VERSION = version("belgraph")
READY_SECONDS = 600  # a first start fetches 155 MB

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready, and leave it running.")] = False,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Do not load the article and the names.")] = False,
) -> None:
    """Start Neo4j, load the article, serve the API. Does nothing if that runs already."""
    settings = _settings()
    if held := running(settings):
        if not held.ready:
            out.print(f"belgraph is being started by process {held.pid}.")
            wait_ready(settings, held.pid, READY_SECONDS)
        else:
            out.print("belgraph is already running.")
        _print_status(settings)
    elif detach:
        _detach(settings, no_seed=no_seed)
        _print_status(settings)
    else:
        require_port(settings.api_port, "BELGRAPH_API_PORT", settings.api_host)
        with contextlib.suppress(KeyboardInterrupt), claim(settings) as claimed, contextlib.ExitStack() as stack:
            restart = None
            if settings.is_local:
                neo4j = stack.enter_context(LocalNeo4j(claimed))
                with _progress() as progress:
                    neo4j.start(progress)
                neo4j.keep_alive(out.print)
                restart = neo4j.restart
            with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop where it is installed
                runner.run(_serve(settings, claimed, {} if no_seed else SEED_SOURCES, restart))
        out.print("Stopped.")


@app.command()
def down() -> None:
    """Stop what `up` started in this data folder."""
    out.print("Stopped." if stop(_settings()) else "Nothing to stop.")


@app.command()
def status() -> None:
    """Tell what runs: process, ports, versions, counts, and how to log in."""
    _print_status(_settings())


@app.command("load")
def load_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files to load, each all or nothing.")],
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="; ".join(LOADERS))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
) -> None:
    """Load sources; one that was loaded before is replaced."""
    settings = _settings()

    async def work(store: Store) -> None:
        if not dry_run:  # it makes constraints
            await prepare(store, load_ontology())
        for path in paths:
            report = await load(store, load_ontology(), read(path, kind), dry_run=dry_run)
            _print_report(report, dry_run=dry_run)

    asyncio.run(_with_store(settings, work))


@app.command()
def query(
    name: Annotated[str, typer.Argument(help="Name of a question of the catalogue.")],
    param: Annotated[list[str], typer.Option("--param", metavar="KEY=VALUE", help="May be repeated.")] = [],  # noqa: B006
    engine: Annotated[Engine, typer.Option(help="Which of the twins to run.")] = Engine.CYPHER,
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
) -> None:
    """Ask a question of the catalogue."""
    question = find(name)
    bound = bind(question, dict(_pair(each) for each in param))

    settings = _settings()

    async def work(store: Store) -> list[Row]:
        if engine is Engine.CYPHER:
            return await run_cypher(question, bound, store, load_ontology())
        mapping = RdfMapping(load_ontology(), settings.base_iri)
        views = Views(as_it_runs(settings), password(settings), store)
        try:
            return await run_sparql(question, bound, views, await store.revision(), mapping, patient=True)
        finally:
            await views.close()

    _print_rows(question, asyncio.run(_with_store(settings, work)), form)


@app.command("export")
def export_graph(
    form: Annotated[RdfFormat | None, typer.Option("--format", help="Else the ending of the file, or nq.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; else standard output.")] = None,
) -> None:
    """Write the whole graph as RDF, and tell what is not in it; a file is read back, to say that nothing was lost."""
    settings = _settings()
    mapping = RdfMapping(load_ontology(), settings.base_iri)
    ending = output.suffix.removeprefix(".") if output else ""
    name = form.value if form else ending if ending in FORMATS else "nq"

    async def work(store: Store) -> bool:
        if output:
            report = await export(store, mapping, name, output)
            _print_export(report)
            return report.nothing_lost
        exported = Exported()
        async for chunk in write(store, mapping, name, exported):
            sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
        _print_written(exported, err)
        return exported.lost == 0

    if not asyncio.run(_with_store(settings, work)):
        raise InvalidError("what was written cannot stand for the database; what it lacks or breaks is told above")


@app.command("import")
def import_graph(path: Annotated[Path, typer.Argument(metavar="FILE", help="The ending tells the format.")]) -> None:
    """Restore a graph that was exported as RDF into an empty database, all or nothing."""
    settings = _settings()

    async def work(store: Store) -> None:
        await prepare(store, load_ontology())
        restored = await restore(store, RdfMapping(load_ontology(), settings.base_iri), path)
        out.print(f"{path}: {restored.nodes:,} nodes and {restored.statements:,} statements restored")

    asyncio.run(_with_store(settings, work))


@app.command("validate")
def validate_graph() -> None:
    """Check the whole database against the ontology's SHACL shapes."""
    settings = _settings()

    async def work(store: Store) -> int:
        found = 0
        async for fault in validate(store, RdfMapping(load_ontology(), settings.base_iri)):
            out.print(escape(str(fault)))
            found += 1
        return found

    if found := asyncio.run(_with_store(settings, work)):
        raise InvalidError(f"{found:,} violation{'s' if found != 1 else ''}")
    out.print("The database is valid.")


def main() -> None:
    """Run the command line; an error of ours is one clear message and exit status 1."""
    try:
        app()
    except BelgraphError as error:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"belgraph: {error}")
        sys.exit(1)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"BELGRAPH_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(faults)) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{Path('.env').absolute()} is not UTF-8 (byte {error.start}); save it as UTF-8") from error


async def _with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    async with Store(as_it_runs(settings), password(settings)) as store:
        return await work(store)


async def _serve(
    settings: Settings, claimed: Claim, sources: Mapping[str, Path], restart: Callable[[], None] | None
) -> None:
    async def work(store: Store) -> None:
        from api.app import create_app  # two seconds that only serving needs

        await prepare(store, load_ontology())
        for path in sources.values():
            _print_report(await load(store, load_ontology(), read(path)))
        config = uvicorn.Config(
            create_app(settings, store, VERSION, sources, restart),
            host=settings.api_host,
            port=settings.api_port,
            log_level="warning",
            access_log=False,  # ours says more
        )
        await _Server(config, claimed, settings).serve()

    await _with_store(settings, work)


class _Server(uvicorn.Server):
    """Tells the data folder and the person in front of it when the API answers."""

    def __init__(self, config: uvicorn.Config, claimed: Claim, settings: Settings) -> None:
        super().__init__(config)
        self._claimed = claimed
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._claimed.ready()
            self._told = asyncio.create_task(asyncio.to_thread(_welcome, self._settings))  # it asks this very server


def _welcome(settings: Settings) -> None:
    _print_status(settings)
    out.print("Press Ctrl-C to stop.")


def _detach(settings: Settings, *, no_seed: bool) -> None:
    """Start `up` again as a process of a session of its own, and wait for it."""
    log = settings.home / "logs" / "belgraph.log"
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.parent.mkdir(exist_ok=True)
        with open(log, "ab", opener=_for_me_only) as file:
            start = file.tell()
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, __file__, "up", *(["--no-seed"] if no_seed else [])],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise ServerError(f"{log} cannot be written ({error.strerror}); set BELGRAPH_HOME to another folder") from error
    try:
        with out.status(f"Starting; the log is {log}"):
            ready = wait_ready(settings, process.pid, READY_SECONDS)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if not ready:
        said = log.read_bytes()[start:].decode(errors="replace").strip()
        raise ServerError(f"belgraph did not start:\n{said}" if said else f"belgraph did not start; see {log}")


def _for_me_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeElapsedColumn())
    with Progress(*columns, console=out) as bar:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, amount="")
            amount = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB" if total else ""
            bar.update(tasks[step], completed=done, total=total or None, amount=amount)

        yield show


def _print_report(report: Report, *, dry_run: bool = False) -> None:
    would = "would be " if dry_run else ""
    out.print(
        f"{report.source}: {report.added} statements {would}added, {report.changed} {would}changed,"
        f" {report.removed} {would}retracted, {report.unchanged} unchanged"
    )


def _print_written(written: Exported | ExportReport, where: Console) -> None:
    where.print(
        f"{written.nodes:,} nodes, {written.statements:,} statements, {written.triples:,} triples, repeats included"
    )
    for what in written.left:
        where.print(f"not in the file: {escape(what)}")
    if written.lost > len(written.left):
        where.print(f"… and {written.lost - len(written.left):,} more")


def _print_export(report: ExportReport) -> None:
    _print_written(report, out)
    if report.nothing_lost:
        out.print("Read back and compared with the database: nothing lost.")
    elif report.doubt:
        out.print(f"Not known to be complete: {escape(report.doubt)}")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"--param {text!r} is not KEY=VALUE")
    return key, value


def _print_rows(question: Question, rows: Sequence[Row], form: Format) -> None:
    if form is Format.JSON:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    elif form is Format.CSV:
        writer = csv.DictWriter(sys.stdout, list(question.columns))
        writer.writeheader()
        writer.writerows(rows)
    else:
        shown = [name for name in question.columns if any(row[name] is not None for row in rows)]
        table = Table(*shown, title=question.title, caption=f"{len(rows)} rows")
        for row in rows:
            table.add_row(*("" if row[name] is None else escape(str(row[name])) for name in shown))
        fits = Measurement.get(out, out.options.update(max_width=10_000), table).minimum <= out.width
        out.print(table if fits else _one_below_the_other(question.title, shown, rows))


def _one_below_the_other(title: str, shown: Sequence[str], rows: Sequence[Row]) -> Table:
    """Rows that are too wide to stand side by side, each as lines of name and value."""
    grid = Table("", Column(overflow="fold"), title=title, caption=f"{len(rows)} rows", show_header=False)
    for row in rows:
        for name in shown:
            grid.add_row(name, "" if row[name] is None else escape(str(row[name])))
        grid.add_section()
    return grid


def _print_status(settings: Settings) -> None:
    now = status_of(settings)
    lines = {"belgraph": f"{VERSION}, {f'process {now.instance.pid}' if now.instance else 'not running'}"}
    if now.api_url:
        state = "ready" if now.api_ready else "not ready"
        lines |= {"API": f"{now.api_url}/v1/entities ({state})", "API docs": f"{now.api_url}/docs"}
    if settings.is_local:
        pids = ", ".join(map(str, now.neo4j_pids))
        version_ = f"{now.neo4j or 'not answering'} on Java {now.java}, process {pids}"
        lines["Neo4j"] = f"{now.neo4j_uri} ({version_})" if pids else "not running"
        if now.browser_url:
            lines["Neo4j Browser"] = now.browser_url
        lines["log in"] = f"user {settings.neo4j_user}, password {now.password or 'made by the first start'}"
    else:
        lines["Neo4j"] = now.neo4j_uri
    try:
        nodes, relationships = asyncio.run(_with_store(settings, Store.counts))
        lines["graph"] = f"{nodes:,} nodes, {relationships:,} relationships"
        if not settings.is_local:
            lines["Neo4j"] += f" ({asyncio.run(_with_store(settings, Store.server))})"
    except BelgraphError as error:
        lines["graph"] = f"not known: {error}"
    lines["data folder"] = str(now.home)
    table = Table.grid(padding=(0, 2))
    for name, value in lines.items():
        table.add_row(name, value)
    out.print(table)


if __name__ == "__main__":
    main()
