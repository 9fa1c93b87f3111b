"""The local Neo4j: a child process of `belgraph up`, run from verified jars on the Java that pip installed.

    with claim(settings) as claimed, LocalNeo4j(claimed) as neo4j:
        neo4j.start(progress)             # returns once it answers; ServerError: why not, and what to do
        claimed.ready()
        neo4j.keep_alive(report)          # from here on a death is reported and mended
        ...serve...

From any process: `graph.password.password`, `graph.local.status.status`, `graph.local.instance.stop`.

In the data folder: `jars/`, `neo4j/` (Neo4j's home: conf, data, logs, tmp), `password`, `instance.lock`,
`instance.json`. Nothing is written outside it.
"""

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from graph.errors import BelgraphError, ServerError, SettingsError
from graph.local.instance import Claim
from graph.local.jars import Progress, fetch, require_room, verify
from graph.local.java import STOP_SECONDS, spawn
from graph.local.lock import LOCK, read_lock
from graph.local.neo4j_conf import neo4j_conf
from graph.local.ports import discover, require_port
from graph.password import keep_password, password_file, write_secret

START_SECONDS = 180.0
_ROOM = 256_000_000  # bytes of disk for the database to start with, and for its logs
_TAIL = 15  # lines of its log in an error
_FAILURES = 3  # so many starts that fail in a row, and it is not started again


class LocalNeo4j:
    """The Neo4j of one data folder. Use as a context manager: leaving it stops Neo4j."""

    def __init__(self, claim: Claim, lock: Path = LOCK) -> None:
        self._settings = claim.settings
        self._release = read_lock(lock)
        self._jars = claim.settings.home / "jars"
        self._home = claim.settings.home / "neo4j"
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._killed = threading.Event()
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, progress: Progress, seconds: float = START_SECONDS) -> None:
        """Fetch what is missing, verify everything, start, and wait until it answers.

        Raises:
            ServerError: a port is busy, the disk is full, a jar cannot be had or is not the pinned one, the password is
                lost, or Neo4j ends or does not answer within `seconds`.
            SettingsError: the two ports are one, or the password that is set is too short.
        """
        with self._starting:
            try:
                self._prepare(progress)
                self._set_password()
                self._launch()
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ServerError(f"Neo4j cannot be started in {self._settings.home}: {error}.") from error
            self._wait(seconds)
            self._ready.set()

    def keep_alive(self, report: Callable[[str], None]) -> None:
        """Start it again whenever it dies, until `stop`; if it cannot be started again and again, say so and leave it.

        However often it dies, it is started again: a query can bring it down, and must not be able to keep it down.
        """
        threading.Thread(target=self._watch, args=(report,), name="neo4j", daemon=True).start()

    def restart(self) -> None:
        """Kill it, for `keep_alive` to start it again, and wait for that: only so ends a query that heeds no limit.

        One that is being started is waited for and not killed: it computes no query.
        """
        if self._ready.is_set():
            meant = self._process
            with self._starting:
                if meant is not None and meant is self._process and meant.poll() is None:
                    self._ready.clear()
                    self._killed.set()
                    meant.kill()
        self._ready.wait(START_SECONDS)

    def stop(self) -> None:
        """Stop it and wait until it has ended; it cannot be started again by this object."""
        self._stopping.set()
        self._ready.set()  # nobody waits any longer
        with self._starting:  # a restart under way gives up at once
            if self._process is not None:
                self._process.terminate()
                try:
                    self._process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()

    def _prepare(self, progress: Progress) -> None:
        shutil.rmtree(self._home / "tmp", ignore_errors=True)
        for folder in ("conf", "logs", "tmp"):
            (self._home / folder).mkdir(parents=True, exist_ok=True)
        bolt, browser = self._settings.bolt_port, self._settings.browser_port
        if bolt == browser:
            raise SettingsError(
                f"BELGRAPH_BOLT_PORT and BELGRAPH_BROWSER_PORT are both {bolt}: set one to another port."
            )
        require_port(bolt, "BELGRAPH_BOLT_PORT")
        require_port(browser, "BELGRAPH_BROWSER_PORT")
        to_fetch = sum(jar.size for jar in self._release.missing(self._jars))
        require_room(self._home, _ROOM + to_fetch, "Neo4j and a database to start with")
        fetch(self._release, self._jars, progress)
        verify(self._release, self._jars, progress)
        (self._home / "conf/neo4j.conf").write_text(neo4j_conf(self._settings), encoding="utf-8")
        progress(f"Starting Neo4j {self._release.version}", 0, 0)

    def _set_password(self) -> None:
        if (self._home / "data/databases/system").exists():
            if not (self._settings.neo4j_password or password_file(self._settings).exists()):
                raise ServerError(
                    f"{password_file(self._settings)} is gone, which held the password of the database in {self._home}."
                    " Put the file back, or set BELGRAPH_NEO4J_PASSWORD; or, to begin with an empty database,"
                    f" delete {self._home / 'data'}."
                )
            return
        # Until Neo4j has run once this can be done again, so a kill at any point is mended by the next start.
        chosen = keep_password(self._settings).replace("\\", "\\\\").replace('"', '\\"')
        arguments = self._home / "tmp/password"
        write_secret(arguments, f'"{chosen}"\n')  # a command line can be read by every user of the machine
        with tempfile.TemporaryFile(dir=arguments.parent) as answer:
            admin = spawn(
                self._settings.home,
                self._release,
                answer,
                "org.neo4j.cli.AdminTool",
                *("dbms", "set-initial-password", "--", f"@{arguments}"),
            )
            try:
                status = admin.wait(START_SECONDS)
            finally:
                admin.kill()
                admin.wait()
                arguments.unlink()
            answer.seek(0)
            if status:
                raise ServerError(f"Neo4j refused its password:\n{answer.read().decode(errors='replace').strip()}")

    def _launch(self) -> None:
        if self._log.exists():
            self._log.replace(self._log.with_name("console.before.log"))
        with self._log.open("wb") as log:
            self._process = spawn(
                self._settings.home,
                self._release,
                log,
                self._release.main_class,
                *(f"--home-dir={self._home}", f"--config-dir={self._home / 'conf'}", "--console-mode"),
            )

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.pid is not None:
            if discover(self._settings.browser_port):
                return
            if self._stopping.is_set():
                raise ServerError("Neo4j was stopped while it was starting.")
            if time.monotonic() > deadline:
                raise ServerError(f"Neo4j has not answered within {seconds:.0f} seconds. {self._tail()}")
            time.sleep(0.1)
        raise ServerError(f"Neo4j ended while it was starting ({self._ending()}). {self._tail()}")

    def _watch(self, report: Callable[[str], None]) -> None:
        failures = 0
        while (process := self._process) is not None:
            process.wait()
            self._ready.clear()
            if self._stopping.is_set():
                self._ready.set()  # nobody waits any longer
            killed = self._killed.is_set()  # by us
            self._killed.clear()
            if self._stopping.wait(5 * failures):
                return
            why = "did not end a query" if killed else f"ended ({self._ending()})"
            report(f"Neo4j {why}: it is started again.")
            try:
                self.start(lambda *_: None)
                failures = 0
            except BelgraphError as error:
                report(str(error))
                failures += 1
                if failures == _FAILURES:
                    report(f"Neo4j could not be started {_FAILURES} times: it is left as it is.")
                    self._ready.set()  # nobody waits any longer
                    return

    @property
    def _log(self) -> Path:
        return self._home / "logs/console.log"

    def _ending(self) -> str:
        code = self._process.poll() if self._process else None
        if code == -signal.SIGKILL:
            return "killed; the system does that when memory runs out, and Neo4j needs about 2 GB"
        return f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
        return f"More may be in {self._home / 'logs/debug.log'}. The end of {self._log}:\n" + "\n".join(lines)
