"""Fetches the jars that a lock names, once, and verifies them before every start.

    fetch(release, folder, progress)      # what is missing, into the layout of a Maven repository below `folder`
    verify(release, folder, progress)     # every jar, each time: a fifth of a second

jgo fetches and jgo checks, but it trusts a file that an interrupted download left behind, and only warns of a wrong
checksum. So each jar is fetched into a staging folder, checked there against the lock, and moved into place whole.
"""

import errno
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock

from graph.errors import ServerError
from graph.local.lock import Jar, Release

Progress = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and of how much (0: not known); from any thread, one call at a time."""

_PARALLEL = 8  # the jars are small: the time goes into waiting for answers
_ATTEMPTS = 3
_TIMEOUT = 30  # seconds without a byte
_DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


def fetch(release: Release, folder: Path, progress: Progress) -> None:
    """Fetch the jars of a release that are not in `folder`. What an interrupted fetch finished is kept.

    Raises:
        ServerError: too little disk, a folder that cannot be written, no network, or a download with a wrong checksum.
    """
    if not release.missing(folder):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "fetch.lock"):  # data folders may share one folder of jars
            missing = release.missing(folder)
            size = sum(jar.size for jar in missing)
            require_room(folder, size, f"{len(missing)} jars of Neo4j {release.version}")
            staging = folder / "staging"
            shutil.rmtree(staging, ignore_errors=True)
            _Fetch(folder, staging, size, f"Fetching Neo4j {release.version}", progress).run(missing)
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ServerError(f"The jars of Neo4j cannot be written to {folder}: {error.strerror or error}.") from error


def verify(release: Release, folder: Path, progress: Progress) -> None:
    """Check every jar of a release against the lock.

    Raises:
        ServerError: a file is missing or is not what the lock says.
    """
    total = sum(jar.size for jar in release.jars)
    done = 0
    for jar in release.jars:
        if not _is_intact(jar, folder):
            raise ServerError(
                f"Neo4j is not started: {folder / jar.path} is not the file that was pinned (its SHA-256 should be"
                f" {jar.sha256}). Delete that file and start again: it will be fetched anew."
            )
        done += jar.size
        progress("Verifying the jars", done, total)


def require_room(folder: Path, needed: int, purpose: str) -> None:
    """Check that the disk of `folder` has `needed` bytes left.

    Raises:
        ServerError: it has less.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ServerError(
            f"Too little disk for {purpose}: {folder} needs {needed / 1e6:,.0f} MB free and has {free / 1e6:,.0f} MB."
            " Make room, or set BELGRAPH_HOME to a folder on another disk."
        )


def _is_intact(jar: Jar, folder: Path) -> bool:
    from jgo.env import LockedDependency, LockFile

    locked = LockedDependency(
        jar.group, jar.artifact, jar.version, jar.packaging, jar.classifier or None, sha256=jar.sha256
    )
    lock: LockFile = LockFile([locked])
    return not lock.verify_checksums(folder)


class _Cancelled(Exception):  # noqa: N818 - no error of its own: another download failed, or the user left
    pass


class _Fetch:
    """One run over the missing jars, several at a time."""

    def __init__(self, folder: Path, staging: Path, total: int, step: str, progress: Progress) -> None:
        self._folder = folder
        self._staging = staging
        self._total = total
        self._step = step
        self._progress = progress
        self._bytes: Counter[Jar] = Counter()
        self._counting = threading.Lock()
        self._cancelled = threading.Event()

    def run(self, jars: list[Jar]) -> None:
        logging.getLogger("jgo").setLevel(logging.ERROR)  # it warns of a checksum, which we refuse anyway
        with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="fetch") as pool:
            try:
                for task in as_completed([pool.submit(self._fetch, jar) for jar in jars]):
                    task.result()
            except BaseException:  # Ctrl-C too: leaving the pool waits for its threads, so they must hear of it
                self._cancelled.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _fetch(self, jar: Jar) -> None:
        failure: ServerError | None = None
        for attempt in range(_ATTEMPTS):
            if self._cancelled.wait(attempt * 2):
                return
            try:
                staged = self._download(jar)
            except _Cancelled:
                return
            except (OSError, RuntimeError) as error:  # every error of requests is an OSError
                if isinstance(error, OSError) and error.errno in _DISK_FAULTS:
                    raise
                failure = ServerError(
                    f"{jar.path.name} could not be fetched ({type(error).__name__}). Check the network and HTTPS_PROXY,"
                    " then start again: what was fetched is kept."
                )
                failure.__cause__ = error
            else:
                if _is_intact(jar, self._staging):
                    target = self._folder / jar.path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    staged.replace(target)
                    return
                failure = ServerError(
                    f"{jar.path.name} was fetched and refused: its SHA-256 is not the pinned {jar.sha256}."
                    " Something between here and the Maven repository changes files. Try another network."
                )
            (self._staging / jar.path).unlink(missing_ok=True)
            self._count(jar, -self._bytes[jar])
        if failure:
            raise failure

    def _download(self, jar: Jar) -> Path:
        from jgo.maven import MavenContext, PythonResolver

        @contextmanager
        def report(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
            yield partial(self._count, jar)

        context = MavenContext(
            resolver=PythonResolver(progress_callback=report),
            repo_cache=self._staging,
            local_repos=[],
            timeout=_TIMEOUT,
        )
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        return Path(component.artifact(jar.classifier, jar.packaging).resolve())

    def _count(self, jar: Jar, count: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        with self._counting:
            self._bytes[jar] += count
            self._progress(self._step, self._bytes.total(), self._total)
