"""The lock is complete, and no jar comes into use that is not the one it names."""

import gc
import hashlib
import os
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graph.errors import ServerError
from graph.local import jars
from graph.local.jars import fetch, require_room, verify
from graph.local.lock import LOCK, Jar, Release, read_lock

LATER = Path(__file__).parents[1] / "fixtures/neo4j-2026.lock.toml"


def jar(name: str, content: bytes) -> Jar:
    return Jar("org.example", name, "1.0", "jar", "", hashlib.sha256(content).hexdigest(), len(content))


CONTENTS = {name: os.urandom(100_000) for name in ("one", "two", "three")}
RELEASE = Release("1.0", "org.example.Main", tuple(jar(name, content) for name, content in CONTENTS.items()))
ONE = RELEASE.jars[0]


class Repository:
    """A Maven repository on this machine, and what it answers badly."""

    def __init__(self) -> None:
        self.files = {f"/{each.path.as_posix()}": CONTENTS[each.artifact] for each in RELEASE.jars}
        self.asked: list[str] = []
        self.cut_short: set[str] = set()  # at the first attempt

    def handler(self) -> type[BaseHTTPRequestHandler]:
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                repository.asked.append(self.path)
                content = repository.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if content and self.path in repository.cut_short:
                    repository.cut_short.discard(self.path)
                    content = content[:40_000]
                self.wfile.write(content or b"")
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    fake = Repository()
    with ThreadingHTTPServer(("127.0.0.1", 0), fake.handler()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr("jgo.maven._core.DEFAULT_REMOTE_REPOS", {"here": f"http://127.0.0.1:{server.server_port}"})
        yield fake
        server.shutdown()
        thread.join()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # jgo leaves the connection of a failed request open


def silent(_step: str, _done: int, _total: int) -> None:
    pass


def test_fetches_each_jar_once_and_tells_how_far_it_is(repository: Repository, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    fetch(RELEASE, tmp_path / "jars", lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert steps[-1] == ("Fetching Neo4j 1.0", 300_000, 300_000)
    verify(RELEASE, tmp_path / "jars", silent)
    repository.asked.clear()
    fetch(RELEASE, tmp_path / "jars", silent)
    assert repository.asked == []
    assert {path.name for path in (tmp_path / "jars").iterdir()} == {"org", "fetch.lock"}


def test_a_download_that_breaks_off_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    repository.cut_short.add(f"/{ONE.path.as_posix()}")
    fetch(RELEASE, tmp_path, lambda *step: steps.append(step))
    verify(RELEASE, tmp_path, silent)
    assert steps[-1][1:] == (300_000, 300_000)


def test_a_download_with_another_content_is_refused(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "_ATTEMPTS", 1)
    repository.files[f"/{ONE.path.as_posix()}"] = CONTENTS["two"]
    with pytest.raises(ServerError, match=r"one-1\.0\.jar was fetched and refused: its SHA-256"):
        fetch(RELEASE, tmp_path, silent)
    assert ONE in RELEASE.missing(tmp_path)


def test_what_was_fetched_before_a_failure_is_kept(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "_ATTEMPTS", 1)
    monkeypatch.setattr(jars, "_PARALLEL", 1)
    path = f"/{RELEASE.jars[2].path.as_posix()}"
    content = repository.files.pop(path)
    with pytest.raises(ServerError, match=r"three-1\.0\.jar could not be fetched \(RuntimeError\)"):
        fetch(RELEASE, tmp_path, silent)
    assert [each.artifact for each in RELEASE.missing(tmp_path)] == ["three"]
    repository.files[path] = content
    fetch(RELEASE, tmp_path, silent)
    verify(RELEASE, tmp_path, silent)


def test_a_file_that_a_killed_fetch_left_is_not_trusted(repository: Repository, tmp_path: Path) -> None:
    left = tmp_path / "staging" / ONE.path
    left.parent.mkdir(parents=True)
    left.write_bytes(CONTENTS["one"][:1000])
    fetch(RELEASE, tmp_path, silent)
    verify(RELEASE, tmp_path, silent)


def test_no_network_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_ATTEMPTS", 1)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("jgo.maven._core.DEFAULT_REMOTE_REPOS", {"here": "http://127.0.0.1:9"})
    with pytest.raises(ServerError, match=r"could not be fetched \(ConnectionError\)\. Check the network"):
        fetch(RELEASE, tmp_path, silent)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # jgo leaves its connection open
def test_leaving_in_the_middle_ends_the_fetch(repository: Repository, tmp_path: Path) -> None:
    class Leave(BaseException):
        pass

    def leave(_step: str, done: int, _total: int) -> None:
        if done > 50_000:
            raise Leave

    with pytest.raises(Leave):
        fetch(RELEASE, tmp_path, leave)
    assert len(RELEASE.missing(tmp_path)) > 0
    fetch(RELEASE, tmp_path, silent)


def test_a_changed_byte_is_found_and_the_file_named(repository: Repository, tmp_path: Path) -> None:
    fetch(RELEASE, tmp_path, silent)
    path = tmp_path / ONE.path
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        ServerError, match=rf"{re.escape(str(path))} is not the file that was pinned .*Delete that file"
    ):
        verify(RELEASE, tmp_path, silent)


def test_a_missing_jar_is_found(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"one-1\.0\.jar is not the file"):
        verify(RELEASE, tmp_path, silent)


def test_too_little_disk_tells_how_much_is_needed(tmp_path: Path) -> None:
    huge = replace(RELEASE, jars=(replace(ONE, size=10**18),))
    with pytest.raises(
        ServerError, match=r"Too little disk for 1 jars of Neo4j 1\.0: .* needs 1,000,000,000,000 MB free"
    ):
        fetch(huge, tmp_path, silent)
    require_room(tmp_path, 1, "nothing")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServerError, match=r"cannot be written to .*file/jars: Not a directory"):
        fetch(RELEASE, tmp_path / "file/jars", silent)


@pytest.mark.parametrize(("path", "version"), [(LOCK, "5.26.30"), (LATER, "2026.08.1")])
def test_the_locks_pin_every_jar(path: Path, version: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    release = read_lock(path)
    assert release.version == version
    assert len({each.path for each in release.jars}) == len(release.jars) > 200
    assert list(release.jars) == sorted(release.jars, key=lambda each: each.path)
    natives = {each.classifier for each in release.jars if each.artifact.startswith("netty-transport-native-")}
    assert {"linux-x86_64", "linux-aarch_64", "osx-x86_64", "osx-aarch_64"} <= natives


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f'sha256 = "{read_lock(LOCK).jars[0].sha256}"\n', "", "has no SHA-256 for parquet-floor"),
        (read_lock(LOCK).jars[0].sha256, "abc", "has no SHA-256 for parquet-floor"),
        ("[entrypoints]", "[entry]", "is not a lock of Neo4j"),
        ("[[dependencies]]", "[[", "is not a lock of Neo4j"),
        ('artifactId = "neo4j"\n', 'artifactId = "other"\n', "is not a lock of Neo4j"),
    ],
)
def test_an_incomplete_lock_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    broken = tmp_path / "lock.toml"
    text = LOCK.read_text(encoding="utf-8")
    assert old in text
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ServerError, match=message):
        read_lock(broken)


def test_a_missing_lock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="is not a lock of Neo4j"):
        read_lock(tmp_path / "none.toml")
