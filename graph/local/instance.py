"""One belgraph a data folder: which process holds it, and how to end that process.

The process that serves holds a lock of the operating system on BELGRAPH_HOME/instance.lock for as long as it lives, so
a killed one frees the folder at once. instance.json beside it tells the others whom to ask.

    with claim(settings) as claimed:      # `up`; ServerError: in use by process N
        ...start things...
        claimed.ready()                   # from here on `running(settings).ready` is true
        ...serve...
    running(settings)                     # `up`, `status`: the Running instance of this folder, or None
    wait_ready(settings, pid, seconds)    # `up --detach`: wait for the process that was started
    stop(settings)                        # `down`; False: there was nothing to stop

Inside `claim`, SIGTERM, SIGHUP and Ctrl-C leave the block by an exception, once, so that `finally` and `with` clean up;
a second signal cannot break the cleaning up, which is bounded in time.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType

import psutil
from filelock import FileLock, Timeout

from graph.config import Settings
from graph.errors import ServerError
from graph.local.java import STOP_SECONDS, end, marked


@dataclass(frozen=True, slots=True)
class Running:
    """A belgraph that holds a data folder."""

    pid: int
    ready: bool
    bolt_port: int
    browser_port: int
    api_host: str
    api_port: int


class Claim:
    """A data folder that this process holds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._running = Running(
            pid=os.getpid(),
            ready=False,
            bolt_port=settings.bolt_port,
            browser_port=settings.browser_port,
            api_host=settings.api_host,
            api_port=settings.api_port,
        )
        self._write()

    def ready(self) -> None:
        """Tell the others that everything is up."""
        self._running = replace(self._running, ready=True)
        self._write()

    def _write(self) -> None:
        path = _state(self.settings)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self._running), indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)  # a reader sees the old one or the new one


@contextmanager
def claim(settings: Settings) -> Iterator[Claim]:
    """Hold the data folder; end what a killed predecessor left in it, and, on leaving, what is left of ours.

    Raises:
        ServerError: another process holds it, or it cannot be written.
    """
    lock = FileLock(_lock_file(settings), thread_local=False)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        held = _read(settings)
        raise ServerError(
            f"{settings.home} is in use by another belgraph, process {held.pid if held else 'not known yet'}."
            " Stop it with `belgraph down`, or set BELGRAPH_HOME to another folder."
        ) from None
    except OSError as error:
        raise ServerError(
            f"The data folder {settings.home} cannot be written ({error.strerror or error})."
            " Set BELGRAPH_HOME to a folder of yours."
        ) from error
    try:
        with _signals_raise():
            end(marked(settings.home))
            try:
                yield Claim(settings)
            finally:
                end(marked(settings.home))
    finally:
        _state(settings).unlink(missing_ok=True)
        lock.release()


def running(settings: Settings) -> Running | None:
    """Return the instance that holds the data folder, or None."""
    held = _read(settings)
    return held if held and _process(settings, held) else None


def as_it_runs(settings: Settings) -> Settings:
    """The settings by which a local Neo4j that runs is reached, whatever port is set by now; others stay the same."""
    held = running(settings)
    return settings.model_copy(update={"bolt_port": held.bolt_port}) if held and settings.is_local else settings


def wait_ready(settings: Settings, pid: int, seconds: float) -> Running | None:
    """Wait until process `pid`, started to serve this folder, is ready. None: it ended, or is still not ready."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        held = _read(settings)
        if held and held.pid == pid and held.ready:
            return held
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        time.sleep(0.1)
    return None


def stop(settings: Settings, seconds: float = STOP_SECONDS + 30) -> bool:
    """End the instance that holds the data folder, and wait for it; or what a killed one left. False: there is nothing.

    Raises:
        ServerError: it is still there after `seconds`.
    """
    held = running(settings)
    process = _process(settings, held) if held else None
    if process is None:
        left = marked(settings.home)
        end(left)
        return bool(left)
    try:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            process.wait(seconds)
    except psutil.TimeoutExpired:
        raise ServerError(
            f"Process {process.pid} has not ended {seconds:.0f} seconds after SIGTERM. The last resort is"
            f" `kill -9 {process.pid}`, and then `belgraph down` again."
        ) from None
    end(marked(settings.home))
    return True


def _lock_file(settings: Settings) -> Path:
    return settings.home / "instance.lock"


def _state(settings: Settings) -> Path:
    return settings.home / "instance.json"


def _read(settings: Settings) -> Running | None:
    try:
        return Running(**json.loads(_state(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _process(settings: Settings, held: Running) -> psutil.Process | None:
    """Return the recorded process if it is still the one: it has the lock file open."""
    lock = _lock_file(settings).resolve()
    try:
        process = psutil.Process(held.pid)
        return process if any(Path(each.path) == lock for each in process.open_files()) else None
    except psutil.Error:  # gone, or another user's
        return None


@contextmanager
def _signals_raise() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}  # nohup

    def leave(_number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, _pass)
        raise KeyboardInterrupt  # whoever asks, it is a request to stop, and stopping is no failure

    for number in before:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN, this is not inherited by a Java process that is started meanwhile."""
