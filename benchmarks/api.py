"""Requests a second and latencies of the API, beside a plain FastAPI route and an empty one.

Run it with `python -m benchmarks.api`.

Starts a Neo4j with the article, the API and the plain application, each with one worker, on free ports of the loopback
interface and in a folder of its own, and ends them. The load comes from wrk, which must be installed. Latencies are in
milliseconds as the client sees them.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT, facts, free_port, home

CONNECTIONS = (1, 16, 64)
SECONDS = 5
BIN = Path(sys.executable).parent

ROUTES = {
    "empty route (peer)": ("plain", "/empty"),
    "plain route, one query a request (peer)": ("plain", "/plain/belavia"),
    "entity lookup": ("belgraph", "/v1/entities/belavia"),
    "statement page (20)": ("belgraph", "/v1/statements?limit=20"),
    "catalogue query (contacts)": ("belgraph", "/v1/queries/contacts"),
}


@contextmanager
def _served() -> Iterator[Mapping[str, str]]:
    """The addresses of both applications."""
    with tempfile.TemporaryDirectory() as folder:
        environment = home(folder)
        subprocess.run([BIN / "belgraph", "up", "--detach"], env=environment, cwd=folder, check=True, stdout=sys.stderr)
        plain = free_port()
        environment |= {
            "PLAIN_URI": f"bolt://127.0.0.1:{environment['BELGRAPH_BOLT_PORT']}",
            "PLAIN_PASSWORD": (Path(folder) / "password").read_text().strip(),
        }
        peer = subprocess.Popen(
            [
                BIN / "uvicorn",
                "benchmarks.plain:app",
                "--port",
                str(plain),
                "--no-access-log",
                "--log-level",
                "warning",
            ],
            env=environment,
            cwd=ROOT,
        )
        try:
            _wait(f"http://127.0.0.1:{plain}/empty")
            yield {
                "plain": f"http://127.0.0.1:{plain}",
                "belgraph": f"http://127.0.0.1:{environment['BELGRAPH_API_PORT']}",
            }
        finally:
            peer.terminate()
            peer.wait()
            subprocess.run([BIN / "belgraph", "down"], env=environment, cwd=folder, check=True, stdout=sys.stderr)


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(url, timeout=5).close()  # noqa: S310 - the address is ours
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at {url}")


def _load(url: str, connections: int, seconds: int) -> tuple[float, float, float, int]:
    """Requests a second, median and 99th percentile in milliseconds, errors."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    half, most = (_milliseconds(*re.findall(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", told)[0]) for percent in (50, 99))
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout|responses:) (\d+)", told)))
    return rate, half, most, errors


def _milliseconds(number: str, unit: str) -> float:
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def main() -> None:
    """Print the table."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk makes the load; install it (on Debian and Ubuntu: apt install wrk)")
    table = Table("route", "connections", "requests/s", "median ms", "p99 ms", "errors", title=facts())
    with _served() as addresses:
        for server, path in ROUTES.values():
            _load(addresses[server] + path, 16, 3)  # the JVM and the page cache warm up
        for name, (server, path) in ROUTES.items():
            for connections in CONNECTIONS:
                rate, half, most, errors = _load(addresses[server] + path, connections, SECONDS)
                row = (f"{rate:,.0f}", f"{half:.1f}", f"{most:.1f}", str(errors))
                table.add_row(name, str(connections), *row, end_section=connections == CONNECTIONS[-1])
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
