"""Puts the table of all questions into the README, between two comments.

`python -m queries.render` writes it; with `--check` it fails if the README has another one.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from ontology.render import main as write_or_check
from queries.catalog import Question, catalogue

BEGIN, END = "<!-- questions: made by queries/render.py -->\n", "<!-- /questions -->\n"


def table(questions: Iterable[Question]) -> str:
    """The questions with what they tell and which parameters they take, as Markdown."""
    rows = [
        f"| `{question.name}` | {_short(question)} | {', '.join(f'`{name}`' for name in question.parameters)} |\n"
        for question in questions
    ]
    return "".join(["| question | what it tells | parameters |\n| --- | --- | --- |\n", *rows])


def _short(question: Question) -> str:
    """What the summary says before it goes into detail."""
    return re.split(r"[.:;] ", question.summary, maxsplit=1)[0].rstrip(".")


def renewed(page: str) -> str:
    """A page with the table of the catalogue in its place.

    Raises:
        ValueError: it has no place for it.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for the questions: the lines {BEGIN.strip()} and {END.strip()} are missing")
    return "".join((before, begin, table(catalogue().values()), end, after))


if __name__ == "__main__":
    README = Path(__file__).parents[1] / "README.md"
    write_or_check(README.parent, {README.name: renewed(README.read_text(encoding="utf-8"))})
