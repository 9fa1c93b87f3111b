"""The lock that pins Neo4j: which jars, from which version, with which checksum.

`neo4j.lock.toml` is a lock file of jgo, with two additions that jgo passes over: `[release] roots`, the artefacts asked
for, and the `size` of each jar, for the progress bar and the check of the disk. It has no date: it changes only when a
jar does. Resolving takes two minutes, so it is never done at run time: what runs is what the lock names, in its order.

To move to another Neo4j, edit the roots and run `python -m graph.local.lock [LOCK…]`. The natives of all platforms are
among the jars, so one lock serves Linux and macOS on both kinds of processor.
"""

import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ServerError

LOCK = Path(__file__).with_name("neo4j.lock.toml")


@dataclass(frozen=True, slots=True)
class Jar:
    """One entry of a lock."""

    group: str
    artifact: str
    version: str
    packaging: str
    classifier: str
    sha256: str
    size: int

    @property
    def path(self) -> Path:
        """Where it lies in a Maven repository."""
        tail = f"-{self.classifier}" if self.classifier else ""
        name = f"{self.artifact}-{self.version}{tail}.{self.packaging}"
        return Path(*self.group.split("."), self.artifact, self.version, name)


@dataclass(frozen=True, slots=True)
class Release:
    """One release of Neo4j, as its lock pins it."""

    version: str
    main_class: str
    jars: tuple[Jar, ...]

    def missing(self, folder: Path) -> list[Jar]:
        """Return the jars that are not in a folder."""
        return [jar for jar in self.jars if not (folder / jar.path).exists()]


def read_lock(path: Path) -> Release:
    """Read a lock.

    Raises:
        ServerError: the file is missing, is no lock, or has an entry without a checksum (which jgo would pass over).
    """
    try:
        lock = tomllib.loads(path.read_text(encoding="utf-8"))
        jars = tuple(
            Jar(
                group=entry["groupId"],
                artifact=entry["artifactId"],
                version=entry["version"],
                packaging=entry["packaging"],
                classifier=entry.get("classifier", ""),
                sha256=entry.get("sha256", ""),
                size=entry["size"],
            )
            for entry in lock["dependencies"]
        )
        version = next(jar.version for jar in jars if (jar.group, jar.artifact) == ("org.neo4j", "neo4j"))
        main_class = lock["entrypoints"]["main"]
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ServerError(f"{path} is not a lock of Neo4j ({error!r}). Install belgraph again.") from error
    for jar in jars:
        if not re.fullmatch("[0-9a-f]{64}", jar.sha256):
            raise ServerError(
                f"{path} has no SHA-256 for {jar.path.name}, so nothing is started. Install belgraph again."
            )
    return Release(version, main_class, jars)


def relock(path: Path) -> None:
    """Resolve the roots of a lock and write its jars anew; what is above the jars stays. Needs the network."""
    head, _, _ = path.read_text(encoding="utf-8").partition("[[dependencies]]")
    jars = _resolve(tomllib.loads(head)["release"]["roots"])
    path.write_text(head.rstrip() + "\n" + "".join(map(_entry, jars)), encoding="utf-8")


def _resolve(roots: Iterable[str]) -> list[Jar]:
    from jgo.env import LockFile
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), local_repos=[], timeout=60)
        chosen, transitive = context.resolver.resolve([context.create_dependency(root) for root in roots])
        dependencies = [*chosen, *transitive]
        locked = LockFile.from_resolved_dependencies(dependencies).dependencies
        jars = [
            Jar(
                group=entry.groupId,
                artifact=entry.artifactId,
                version=entry.version,
                packaging=entry.packaging,
                classifier=entry.classifier or "",
                sha256=entry.sha256 or "",
                size=dependency.artifact.resolve().stat().st_size,
            )
            for entry, dependency in zip(locked, dependencies, strict=True)
        ]
    return sorted(jars, key=lambda jar: jar.path)


def _entry(jar: Jar) -> str:
    classifier = f'classifier = "{jar.classifier}"\n' if jar.classifier else ""
    return (
        f'\n[[dependencies]]\ngroupId = "{jar.group}"\nartifactId = "{jar.artifact}"\nversion = "{jar.version}"\n'
        f'packaging = "{jar.packaging}"\n{classifier}sha256 = "{jar.sha256}"\nsize = {jar.size}\n'
    )


if __name__ == "__main__":
    for name in sys.argv[1:] or [str(LOCK)]:
        relock(Path(name))
