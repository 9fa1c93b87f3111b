"""The folders of the SPARQL view in BELGRAPH_HOME/sparql, one for each state of a database.

A folder is made under a passing name and then called after its key, which stands for all that the content comes from:
the state, which names the database too, the base IRI, the mapping and the engine. So an unchanged database finds its
folder again, and no other does.

A process that makes or uses a folder holds a shared lock of the operating system on it, which ends with the process;
whoever wants to remove it must get an exclusive one.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from graph.store import Store

STORE = "store"
"""The engine's own folder inside a view's folder."""

_MARKER = "complete.json"
_FORM = "1"  # of the view: a newer belgraph that makes another one counts on


async def state(store: Store) -> str:
    """What stays the same as long as nothing is committed: the revision, and how much there is.

    The revision names the database and counts its transactions; a backup that is played back counts some again.
    """
    seen = await store.revision()
    nodes, relationships = await store.counts()
    return f"{seen} {nodes} {relationships}"


def revision(of: str) -> str:
    """The revision of a state."""
    return of.rsplit(" ", 2)[0]


def key(of: str, base: str) -> str:
    """Name of the folders of a state under a base IRI."""
    parts = repr((of, base, _mapping(), ox.__version__, _FORM))
    return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()


@cache
def _mapping() -> str:
    """Stands for the code and the ontology that decide how the graph is mapped."""
    modules = [each for each in files("graph.rdf").iterdir() if each.name.endswith(".py")]
    told = [*sorted(modules, key=lambda each: each.name), files("ontology").joinpath("belgraph.ttl")]
    return hashlib.blake2b(b"\0".join(each.read_bytes() for each in told)).hexdigest()


def write_marker(folder: Path, of: str) -> None:
    """Say of a folder that it is complete; the last thing that is written in it."""
    marker = folder / _MARKER
    marker.write_text(json.dumps({"state": of, "files": _sizes(folder)}), encoding="utf-8")
    for path in (*(folder / STORE).iterdir(), marker, folder / STORE, folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_complete(folder: Path) -> bool:
    """Whether a folder is as it was when it was made, as far as names and sizes tell; the engine checks the rest."""
    try:
        told = json.loads((folder / _MARKER).read_text("utf-8"))
        return bool(told["files"] == _sizes(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    """Of the files that hold data; the engine also writes logs."""
    return {path.name: path.stat().st_size for path in (folder / STORE).iterdir() if path.suffix == ".sst"}


class Held:
    """A folder that this process makes or uses."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError: it is not there, or somebody is removing it."""
        self.folder = folder
        self._descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            folder.stat()  # it was not removed before it was locked
        except OSError:
            self.release()
            raise

    def complete(self, name: str) -> None:
        """Give a complete folder its name."""
        self.folder = self.folder.rename(self.folder.with_name(f"{name}-{secrets.token_hex(4)}"))

    def spoil(self) -> None:
        """Say that it is no good: it is not used again."""
        (self.folder / _MARKER).unlink(missing_ok=True)

    def release(self) -> None:
        """Let others remove it."""
        os.close(self._descriptor)


def fresh(root: Path) -> Held:
    """A new folder under a passing name."""
    folder = root / f"new-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700, parents=True)
    return Held(folder)


def find(root: Path, name: str) -> Held | None:
    """A complete folder of that name."""
    for folder in sorted(root.glob(f"{name}-*")):
        if _is_complete(folder):
            with suppress(OSError):
                return Held(folder)
    return None


def sweep(root: Path) -> None:
    """Remove all folders that nobody holds."""
    for folder in root.iterdir():
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
