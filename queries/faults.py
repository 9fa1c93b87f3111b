"""What is wrong with a file of the catalogue, and where."""

from pathlib import Path

from graph.errors import BelgraphError


class CatalogError(BelgraphError):
    """A file of the catalogue is not as it must be; names file and line."""


def place(path: Path, section: str, name: str) -> str:
    """File and line of a parameter or column in the front matter."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"{section}:") if f"{section}:" in lines else 0
    found = (n for n, line in enumerate(lines[start:], start + 1) if line.strip().startswith(f"{name}:"))
    return f"{path}:{next(found, 1)}"
