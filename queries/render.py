"""Puts the table of all questions into the README, between two comments.

`python -m queries.render` writes it; with `--check` it fails if the README has another one.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

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


def main(path: Path) -> None:
    """Renew the table in a page or, with `--check` among the arguments, exit with 1 if it is another."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{path} has no place for the questions: the lines {BEGIN.strip()} and {END.strip()}")
    made = "".join((before, begin, table(catalogue().values()), end, after))
    if "--check" not in sys.argv[1:]:
        path.write_text(made, encoding="utf-8")
    elif made != text:
        sys.exit(f"{path} does not list the questions of the catalogue; run `make generate` and commit")


if __name__ == "__main__":
    main(Path(__file__).parents[1] / "README.md")
