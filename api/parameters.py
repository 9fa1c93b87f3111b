"""Types of parameters: what each accepts, in the schema and in the check, and a message that helps.

Words of the ontology are closed lists: an unknown one is refused with the nearest that exist. Ids are not: one that
nothing has is an honest question with an empty answer.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from rapidfuzz import fuzz, process

from api.problems import short
from ontology.model import load

_ONTOLOGY = load()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def near(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The words that are spelt most like one, the nearest first; none where none is near."""
    found = process.extract(word, list(known), scorer=fuzz.WRatio, processor=str.casefold, limit=most, score_cutoff=70)
    return [match for match, _, _ in found]


def one_of(told: str, known: Iterable[str]) -> Callable[[str], str]:
    """A check against a closed list; its error begins with `told`, such as "the ontology has no class"."""
    words = sorted(known)

    def check(word: str) -> str:
        if word not in words:
            others = near(word, words)
            hint = f"near it: {', '.join(others)}" if others else f"it has {', '.join(words)}"
            raise ValueError(f"{told} {short(word)!r}; {hint}")
        return word

    return check


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("a day such as 2025-06-21")
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("no such day in the calendar") from error
    return text


_CLASSES = sorted(_ONTOLOGY.classes)
_PREDICATES = sorted(_ONTOLOGY.statements)
MODALITIES = list(_ONTOLOGY.vocabularies["Modality"].concepts)
STATUSES = list(_ONTOLOGY.vocabularies["Status"].concepts)

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
ClassName = Annotated[
    str, AfterValidator(one_of("the ontology has no class", _CLASSES)), WithJsonSchema({"enum": _CLASSES})
]
Predicate = Annotated[
    str, AfterValidator(one_of("the ontology has no relation", _PREDICATES)), WithJsonSchema({"enum": _PREDICATES})
]
Modality = Annotated[
    str, AfterValidator(one_of("the ontology has no modality", MODALITIES)), WithJsonSchema({"enum": MODALITIES})
]
Status = Annotated[
    str, AfterValidator(one_of("the ontology has no status", STATUSES)), WithJsonSchema({"enum": STATUSES})
]

VALID_ON = Field(
    None, description="Only what may have held on this day; `validity` tells whether it did.", examples=["2025-08-15"]
)
KNOWN_ON = Field(
    None,
    description="As the graph stood at the end of this day, UTC; what was withdrawn since has `retracted_at`.",
    examples=["2026-12-31"],
)
