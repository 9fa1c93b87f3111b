"""Real statements, speeches and articles go through the document loader as they are."""

import json
import re
from pathlib import Path

import pytest
import yaml

from graph.records import MENTIONS, Quote
from loaders.registry import read
from tests.real.conftest import DATA

ARTICLES = sorted((DATA / "articles").glob("*.txt"))


def test_there_are_articles() -> None:
    assert len(ARTICLES) == 11


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.stem)
def test_every_mention_of_belarus_is_anchored_where_it_stands(article: Path, tmp_path: Path) -> None:
    first, _, text = article.read_text(encoding="utf-8").partition("\n")
    meta = json.loads(first.removeprefix("META "))
    (tmp_path / "text.txt").write_text(text, encoding="utf-8", newline="")
    found = [match.start() for match in re.finditer("Belarus", text)]
    annotation = {
        "document": {"id": "real-article", "title": meta["title"], "language": "en", "text": "text.txt"},
        "entities": {
            "belarus": {"type": "Country", "name": "Belarus", "mentions": [_selector(text, at) for at in found]}
        },
        "statements": [],
    }
    path = tmp_path / "annotation.yaml"
    path.write_text(yaml.safe_dump(annotation, allow_unicode=True), encoding="utf-8")

    load = read(path)

    anchors = [s.evidence for s in load.statements if s.predicate == MENTIONS]
    assert found
    assert [a.start for a in anchors if isinstance(a, Quote)] == found
    assert all(text[a.start : a.end] == "Belarus" for a in anchors if isinstance(a, Quote))


def _selector(text: str, at: int) -> dict[str, str]:
    """The shortest context that makes the mention unique."""
    end = at + len("Belarus")
    for width in range(1, len(text)):
        before, after = text[max(0, at - width) : at], text[end : end + width]
        if text.count(f"{before}Belarus{after}") == 1:
            return {"quote": "Belarus"} | {k: v for k, v in (("prefix", before), ("suffix", after)) if v}
    raise AssertionError("the text repeats itself whole")
