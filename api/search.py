"""Finds nodes by a name, in any script and with a letter wrong, and ids that are nearly the one that was asked for.

The full-text index folds diacritics and case; a word of four letters or more also finds those that differ by one
letter (inserted, left out, replaced, or two swapped). What is found is ranked by what it is alone, not by Lucene's
score: that one depends on all other nodes, so a cursor made of it would lose or repeat entities when some are added.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from api.paging import Key
from graph.constraints import NAMES_INDEX
from graph.store import Store

_TOKEN = re.compile(r"\w+(?:['’.]\w+)*")  # nearly as Lucene's standard tokenizer splits (Unicode, UAX #29)
_FUZZY_FROM = 4  # letters: a shorter word has too many neighbours
_NOT_COMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})
_FUZZY_MOST = 10  # words: Lucene takes 1,024 clauses, and a fuzzy word is up to 50

SEARCH = f"""
CALL () {{
    CALL db.index.fulltext.queryNodes('{NAMES_INDEX}', $words) YIELD node AS n RETURN n, 1 AS found
    UNION ALL
    CALL db.index.fulltext.queryNodes('{NAMES_INDEX}', $similar) YIELD node AS n RETURN n, 2 AS found
}}
WITH n, min(found) AS found
WITH n, CASE WHEN any(name IN n.names WHERE toLower(name) = $name) THEN 0 ELSE found END AS rank,
     size(n.name) AS length
"""
"""Nodes `n` with their `rank`: 0 a name is what was asked for, 1 one has its words, 2 one has similar words."""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of nodes `n`: its keys, their kinds, what lies behind `$after`, and what before everything."""

    keys: str
    kinds: tuple[type, ...]
    behind: str
    first: Key


BY_ID = Order("n.id", (str,), "n.id > $after[0]", [""])
BY_RANK = Order(
    "rank, length, n.id",
    (int, int, str),
    "(rank > $after[0] OR (rank = $after[0] AND (length > $after[1] OR (length = $after[1] AND n.id > $after[2]))))",
    [-1, 0, ""],
)


def words_of(text: str) -> dict[str, Any]:
    """Parameters of `SEARCH`: all words, as Lucene's query parser reads them, literally and similar.

    The parser folds what it looks up literally, but not what it looks up by similarity.
    """
    words = unicodedata.normalize("NFC", text).lower().split()  # lower case: no AND, OR or NOT
    similar = _similar if len(words) <= _FUZZY_MOST else _literal
    return {
        "name": " ".join(words),
        "words": " AND ".join(map(_literal, words)),
        "similar": " AND ".join(map(similar, words)),
    }


def _literal(word: str) -> str:
    return re.sub(r"([^\w])", r"\\\1", word)


def _similar(word: str) -> str:
    tokens = [_literal(token) + "~1" * (len(token) >= _FUZZY_FROM) for token in _TOKEN.findall(_folded(word))]
    return f"({_literal(word)} OR ({' AND '.join(tokens)}))" if tokens else _literal(word)


def _folded(word: str) -> str:
    """A word without the diacritics of its Latin letters, as the index has it; й stays й."""
    parts = (unicodedata.normalize("NFD", letter) for letter in word.translate(_NOT_COMPOSED))
    return "".join(part[0] if part[0].isascii() else unicodedata.normalize("NFC", part) for part in parts)


async def near_ids(id_: str, store: Store, where: str) -> list[str]:
    """Up to three ids like one that nothing has, the nearest first.

    Candidates share its first letters or, in a name, one of its words; `where` says which nodes `n` are of the kind.
    """
    words = [word for word in re.findall(r"\w+", id_.lower()) if len(word) >= _FUZZY_FROM][:_FUZZY_MOST]
    rows = await store.read(
        f"""
        CALL () {{
            MATCH (n:Thing) WHERE n.id STARTS WITH $start AND {where} RETURN n.id AS id LIMIT 200
            UNION
            CALL db.index.fulltext.queryNodes('{NAMES_INDEX}', $words, {{limit: 200}}) YIELD node AS n
            WHERE {where} RETURN n.id AS id
        }}
        RETURN id
        """,
        start=id_[:3].lower(),
        words=" OR ".join(f"{word}~1" for word in words) or "none~0",
    )
    found = process.extract(id_.lower(), [row["id"] for row in rows], scorer=fuzz.ratio, limit=3, score_cutoff=60)
    return [match for match, _, _ in found]
