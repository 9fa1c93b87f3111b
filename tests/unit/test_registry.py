"""A source is read as what it is, whether or not one says what that is."""

from pathlib import Path

import pytest

from graph.errors import InputError
from loaders.registry import LOADERS, SEED_SOURCES, read

FIXTURES = Path(__file__).parents[1] / "fixtures"
DOCUMENT = (FIXTURES / "apple-ban.yaml").read_text("utf-8")
NAMES = "dataset: {id: d, title: t, version: v, licence: l}\nnames:\n  minsk: {type: Place, be: [Мінск]}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "apple-ban.txt").write_bytes((FIXTURES / "apple-ban.txt").read_bytes())
    return tmp_path / "source.yaml"


@pytest.mark.parametrize("kind", [None, "document"])
@pytest.mark.parametrize("before", ["", "\ufeff", "---\n", "# a comment\n\n"])
def test_a_document_is_read_as_one(path: Path, kind: str | None, before: str) -> None:
    path.write_text(before + DOCUMENT[DOCUMENT.index("document:") :], encoding="utf-8")
    assert read(path, kind).source.id == "apple-ban"


@pytest.mark.parametrize("kind", [None, "names"])
def test_names_are_read_as_such(path: Path, kind: str | None) -> None:
    path.write_text(NAMES, encoding="utf-8")
    assert read(path, kind).source.id == "d"


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "{}", "documents: []", "  document: {}", NAMES + DOCUMENT])
def test_what_is_of_no_known_kind_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"source\.yaml: of no known kind; name it with --as document, names"):
        read(path)


def test_a_kind_that_does_not_exist_is_refused(path: Path) -> None:
    path.write_text(NAMES, encoding="utf-8")
    with pytest.raises(InputError, match="'csv' is no kind of source; there are document, names"):
        read(path, "csv")


def test_a_kind_that_the_file_is_not_is_refused(path: Path) -> None:
    path.write_text(NAMES, encoding="utf-8")
    with pytest.raises(InputError, match="not known here"):
        read(path, "document")


def test_the_seed_is_named_by_the_ids_of_its_sources() -> None:
    assert {id_: read(path).source.id for id_, path in SEED_SOURCES.items()} == {id_: id_ for id_ in SEED_SOURCES}
    assert LOADERS.keys() == {"document", "names"}
