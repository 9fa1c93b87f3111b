"""The kinds of source that can be loaded. A loader is a function from a path to what the source says."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from graph.errors import InputError
from graph.records import Load
from loaders import document, names
from loaders.marked import read_text

Loader = Callable[[Path], Load]

LOADERS: Mapping[str, Loader] = {"document": document.load, "names": names.load}

SEED = Path(__file__).parent / "seed"
SEED_SOURCES: Mapping[str, Path] = {
    "trump-belarus-move": SEED / "trump-belarus-move.yaml",
    "names": SEED / "names.yaml",
}
"""What an empty database starts with: source id → file."""

_SIGNS = {  # a byte order mark may stand before the first key
    kind: re.compile(rf"^\ufeff?{key}\s*:", re.MULTILINE)
    for kind, key in {"document": "document", "names": "dataset"}.items()
}


def read(path: Path, kind: str | None = None) -> Load:
    """Read a source as the given kind, or as the one its content shows.

    Raises:
        InputError: the file is of no known kind, cannot be read, or has faults.
    """
    if kind is None:
        text = read_text(path)
        kinds = [kind for kind, sign in _SIGNS.items() if sign.search(text)]
        if len(kinds) != 1:
            raise InputError(f"{path}: of no known kind; name it with --as {', '.join(LOADERS)}")
        kind = kinds[0]
    if kind not in LOADERS:
        raise InputError(f"{kind!r} is no kind of source; there are {', '.join(LOADERS)}")
    return LOADERS[kind](path)
