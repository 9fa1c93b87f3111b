"""The local Neo4j, for real: it starts, refuses, dies, is mended and stops, and leaves nothing behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil
import pytest
from neo4j import Driver, Query
from neo4j.exceptions import AuthError, ClientError

from graph.config import Settings
from graph.errors import ServerError, SettingsError
from graph.local.instance import claim, running, stop, wait_ready
from graph.local.java import end, marked
from graph.local.ports import discover
from graph.local.server import LocalNeo4j
from graph.local.status import status
from graph.password import password, password_file
from tests.live.conftest import Server, connect, make_settings

SUPERVISOR = """
import contextlib, signal
from graph.config import Settings
from graph.local.instance import claim
from graph.local.server import LocalNeo4j

with contextlib.suppress(KeyboardInterrupt), claim(Settings()) as claimed, LocalNeo4j(claimed) as neo4j:
    neo4j.start(lambda *step: None)
    neo4j.keep_alive(lambda text: print(text, flush=True))
    claimed.ready()
    signal.pause()
"""


def silent(_step: str, _done: int, _total: int) -> None:
    pass


def refused(settings: Settings) -> str:
    """Start a Neo4j that must not start, and return the error; no process may be left."""
    with claim(settings) as claimed, LocalNeo4j(claimed) as neo4j, pytest.raises(ServerError) as info:
        neo4j.start(silent)
    assert marked(settings.home) == []
    return str(info.value)


# --- One that runs ------------------------------------------------------------------------------------------------


def test_it_answers_and_told_its_progress(server: Server, driver: Driver) -> None:
    assert discover(server.settings.browser_port) == "5.26.30"
    driver.verify_connectivity()
    steps = [step for step, _, _ in server.steps]
    assert "Verifying the jars" in steps
    assert steps[-1] == "Starting Neo4j 5.26.30"
    assert all(done <= total for _, done, total in server.steps)


def test_the_password_is_for_its_owner_only(server: Server) -> None:
    path = password_file(server.settings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch("[0-9a-f]{32}", password(server.settings))
    with pytest.raises(AuthError), connect(server.settings.model_copy(update={"neo4j_user": "other"})) as other:
        other.verify_connectivity()
    assert password(server.settings) not in " ".join(psutil.Process(server.pid).cmdline())
    assert list((server.settings.home / "neo4j/tmp").glob("password*")) == []


def test_it_listens_on_loopback_only(server: Server) -> None:
    listening = {
        (connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port)
        for connection in psutil.Process(server.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", server.settings.bolt_port), ("127.0.0.1", server.settings.browser_port)}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "allow_csv_import_from_file_urls"),
        ("http://127.0.0.1:1/", "blocked"),
        ("http://[::1]:1/", "blocked"),
        ("http://[::ffff:127.0.0.1]:1/", "blocked"),
        ("http://localhost:1/", "blocked"),
        ("https://169.254.169.254/latest/", "blocked"),
        ("ftp://127.0.0.1:1/", "blocked"),
        ("jar:file:///etc/passwd!/a", "Invalid URL"),
    ],
)
def test_a_query_reads_no_file_and_no_address(driver: Driver, url: str, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        driver.execute_query("LOAD CSV FROM $url AS line RETURN line", url=url)


def test_the_settings_are_in_force(driver: Driver) -> None:
    records = driver.execute_query("SHOW SETTINGS YIELD name, value").records
    settings = {record["name"]: record["value"] for record in records}
    assert settings["server.memory.heap.max_size"] == "1.00GiB"
    assert settings["server.memory.pagecache.size"] == "512.00MiB"
    assert settings["db.memory.transaction.max"] == "512.00MiB"
    assert settings["db.transaction.timeout"] == "2m"
    assert settings["dbms.security.procedures.allowlist"] == ""
    assert settings["dbms.usage_report.enabled"] == "false"


def test_a_query_without_end_is_ended(driver: Driver) -> None:
    endless = Query("UNWIND range(1, 10000000000) AS x RETURN sum(x)", timeout=1)
    with driver.session() as session, pytest.raises(ClientError, match=r"(?i)timeout|terminated"):
        session.run(endless).consume()


def test_neo4j_browser_is_there_and_no_other_http(server: Server) -> None:
    def get(path: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", server.settings.browser_port)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    page = get("/browser/")
    assert page.status == 200
    assert get("/db/neo4j/tx/commit").status == 404
    assert get("/db/neo4j/query/v2").status == 404
    policy = page.headers["Content-Security-Policy"]  # it may talk to this machine only
    sources = {source for directive in policy.split("; ") for source in directive.split()[1:]}
    assert {source for source in sources if "localhost" not in source and "127.0.0.1" not in source} == {
        "'self'",
        "'none'",
        "'unsafe-inline'",
        "data:",
    }


def test_status_tells_what_runs(server: Server) -> None:
    now = status(server.settings)
    assert now.neo4j_pids == (server.pid,)
    assert (now.neo4j, now.java.split(".")[0]) == ("5.26.30", "21")
    assert now.neo4j_uri == server.settings.bolt_uri
    assert now.browser_url == f"http://localhost:{server.settings.browser_port}/browser/"
    assert now.password == password(server.settings)
    assert not now.api_ready


def test_a_later_neo4j_works_too(later_server: Server) -> None:
    assert discover(later_server.settings.browser_port) == "2026.08.1"
    with connect(later_server.settings) as driver:
        driver.verify_connectivity()
        with pytest.raises(ClientError, match="allow_csv_import_from_file_urls"):
            driver.execute_query("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line")


# --- One that must not start --------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "setting"), [("bolt_port", "BELGRAPH_BOLT_PORT"), ("browser_port", "BELGRAPH_BROWSER_PORT")]
)
def test_a_busy_port_is_named_with_its_setting(settings: Settings, name: str, setting: str) -> None:
    port = getattr(settings, name)
    with socket.create_server(("127.0.0.1", port)):
        message = refused(settings)
    assert message.startswith(f"Port {port} of 127.0.0.1 is not free (Address already in use).")
    assert f"set {setting} to another port" in message


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, bolt_port=7000, browser_port=7000)
    with claim(settings) as claimed, LocalNeo4j(claimed) as neo4j, pytest.raises(SettingsError, match="are both 7000"):
        neo4j.start(silent)


def test_a_changed_jar_is_refused(server: Server, settings: Settings) -> None:
    jars = settings.home / "jars"
    original = jars.resolve()
    jars.unlink()
    shutil.copytree(original, jars, copy_function=os.link)
    changed = next(jars.rglob("neo4j-kernel-5.26.30.jar"))
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.unlink()
    changed.write_bytes(content)
    message = refused(settings)
    assert f"{changed} is not the file that was pinned" in message
    assert server.settings.home != settings.home  # the shared jars were fetched, and are untouched
    changed.unlink()


def test_a_lost_password_is_an_error_that_tells_the_ways_out(settings: Settings) -> None:
    (settings.home / "neo4j/data/databases/system").mkdir(parents=True)
    message = refused(settings)
    assert message.startswith(f"{settings.home / 'password'} is gone")
    assert f"delete {settings.home / 'neo4j/data'}" in message


def test_a_neo4j_that_ends_at_start_shows_the_end_of_its_log(settings: Settings) -> None:
    databases = settings.home / "neo4j/data/databases"
    databases.mkdir(parents=True)
    (databases / "system").touch()  # a file where Neo4j wants a folder
    password_file(settings).touch()
    message = refused(settings)
    assert message.startswith("Neo4j ended while it was starting (with status 1).")
    assert "databases/system" in message


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, neo4j_password="short")  # noqa: S106
    with claim(settings) as claimed, LocalNeo4j(claimed) as neo4j, pytest.raises(SettingsError, match="at least 8"):
        neo4j.start(silent)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(home=tmp_path / "file/home")
    with pytest.raises(ServerError, match=r"file/home cannot be written \(Not a directory\)"), claim(settings):
        pass


# --- The process that holds it ------------------------------------------------------------------------------------

WEIRD = '-@we ird "pa\\ss" #ў'
PATIENCE = 180.0  # seconds, on a machine that does other work


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A folder whose name has a space, a colon and Cyrillic letters, and a password that has everything else."""
    folder = tmp_path_factory.mktemp("Дом: folder")
    for name in ("user", "tmp"):
        (folder / name).mkdir()
    return make_settings(folder, neo4j_password=WEIRD)


@contextmanager
def supervisor(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the folder and its Neo4j; whatever the test does, both are gone afterwards."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": str(settings.home.parent / "user"),
        "TMPDIR": str(settings.home.parent / "tmp"),
        "JAVA_TOOL_OPTIONS": "-XX:+NoSuchFlag",  # would end every Java process that sees it
        "BELGRAPH_HOME": str(settings.home),
        "BELGRAPH_BOLT_PORT": str(settings.bolt_port),
        "BELGRAPH_BROWSER_PORT": str(settings.browser_port),
        "BELGRAPH_NEO4J_PASSWORD": WEIRD,
    }
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            end(marked(settings.home))


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def neo4j_of(settings: Settings) -> psutil.Process:
    (process,) = marked(settings.home)
    return process


def test_another_process_is_told_who_uses_the_folder(server: Server) -> None:
    held = running(server.settings)
    assert held is not None
    assert (held.pid, held.ready, held.bolt_port) == (os.getpid(), True, server.settings.bolt_port)
    second = subprocess.run(
        [sys.executable, "-c", SUPERVISOR],
        env={**os.environ, "BELGRAPH_HOME": str(server.settings.home), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"is in use by another belgraph, process {os.getpid()}." in second.stderr
    assert discover(server.settings.browser_port)


def test_start_stop_and_start_again(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for attempt in ("first", "second"):
        began = time.monotonic()
        with supervisor(home) as process:
            held = wait_ready(home, process.pid, PATIENCE)
            started = time.monotonic() - began
            assert held is not None
            with connect(home) as driver:
                driver.verify_connectivity()
            neo4j = neo4j_of(home)
            began = time.monotonic()
            assert stop(home)
            stopped = time.monotonic() - began
            assert process.communicate() == ("", "")
            assert not neo4j.is_running()
            assert running(home) is None
            assert not stop(home)
        with capsys.disabled():
            print(f" {attempt} start {started:.1f} s, stop {stopped:.1f} s", end="")  # noqa: T201
    assert "Stopped." in (home.home / "neo4j/logs/console.log").read_text()
    for name in ("user", "tmp"):
        assert list((home.home.parent / name).iterdir()) == [], "something was written outside the data folder"


def test_a_killed_neo4j_is_started_again_and_a_killed_supervisor_leaves_nothing(home: Settings) -> None:
    with supervisor(home) as process:
        assert wait_ready(home, process.pid, PATIENCE)
        first = neo4j_of(home)
        with connect(home) as driver:
            driver.execute_query("CREATE (:Kept)")
        first.kill()
        wait_until(lambda: discover(home.browser_port) and not first.is_running())
        second = neo4j_of(home)
        with connect(home) as driver:
            assert len(driver.execute_query("MATCH (n:Kept) RETURN n").records) == 1

        process.kill()
        said, _ = process.communicate()
        assert said.startswith("Neo4j ended (killed;")
        assert second.is_running()
        now = status(home)
        assert now.instance is None
        assert now.neo4j_pids == (second.pid,)
        with claim(home):  # what the next `up` does
            assert not second.is_running()
        assert "Stopped." in (home.home / "neo4j/logs/console.log").read_text()


def test_one_that_is_being_started_is_not_killed_by_who_wants_it_anew(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow it is: else two queries without end would take turns at it, and it would never come up."""
    with claim(home) as claimed, LocalNeo4j(claimed) as neo4j:
        neo4j.start(silent)
        neo4j.keep_alive(lambda _: None)
        first, answers = neo4j.pid, neo4j._wait

        def slowly(seconds: float) -> None:
            time.sleep(2)
            answers(seconds)

        monkeypatch.setattr(neo4j, "_wait", slowly)
        one = threading.Thread(target=neo4j.restart)
        one.start()
        while neo4j.pid in (first, None):
            assert one.is_alive()
            time.sleep(0.01)
        second = neo4j.pid
        neo4j.restart()
        one.join()
        assert neo4j.pid == second
        assert discover(home.browser_port) == "5.26.30"


def test_ctrl_c_in_the_middle_of_a_start_ends_everything(home: Settings) -> None:
    with supervisor(home) as process:
        wait_until(lambda: marked(home.home))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # and an impatient user again
        assert process.communicate()[0] == ""
        assert marked(home.home) == []
