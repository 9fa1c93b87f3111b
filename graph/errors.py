"""Every error that belgraph raises on purpose. Its text is one clear message: what is wrong, where, what to do.

    BelgraphError
    ├── SettingsError       a setting is missing or wrong
    ├── ServerError         the local Neo4j cannot be fetched, started or stopped
    ├── DatabaseError       the database did not do what was asked
    │   ├── QueryTimeout    a query took longer than it may
    │   ├── UserQueryError  the server refused or stopped a query that a user wrote
    │   ├── ChangedError    it changed while it was read, and what was read is of no one time
    │   └── Unavailable     it cannot be reached
    ├── InputError          a file cannot be read as what it claims to be
    │   └── Refused         it was read, and has faults: all of them are listed
    ├── UnwritableError     a format cannot hold what is in the database; another can
    ├── ConflictError       what is loaded contradicts what the database holds
    └── InvalidError        the database breaks rules of the ontology

The command line prints the message and exits with 1; the API turns each class into a problem (see api/problems.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass


class BelgraphError(Exception):
    """Base of all; never raised itself."""


class SettingsError(BelgraphError):
    """A setting is missing or wrong."""


class ServerError(BelgraphError):
    """The local Neo4j cannot be fetched, started or stopped."""


class DatabaseError(BelgraphError):
    """The database did not do what was asked."""


class QueryTimeout(DatabaseError):  # noqa: N818 - the name of the state, as TimeoutError is taken
    """A query took longer than it may; nothing of its answer is kept."""


class UserQueryError(DatabaseError):
    """The server refused or stopped a query that a user wrote; `code` and `message` are its own."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{message} ({code})")


class ChangedError(DatabaseError):
    """The database changed while it was read, and what was read is of no one time."""


class Unavailable(DatabaseError):  # noqa: N818 - reads as a state, "the database is unavailable"
    """The database cannot be reached."""


class InputError(BelgraphError):
    """A file cannot be read as what it claims to be."""


class UnwritableError(BelgraphError):
    """A format cannot hold what is in the database; another can."""


class ConflictError(BelgraphError):
    """What is loaded contradicts what the database holds."""


class InvalidError(BelgraphError):
    """The database breaks rules of the ontology."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in an input: where, what it says, and the rule that it breaks. Line 0 means no line."""

    line: int
    record: str
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{_short(self.record)}: {_short(self.field)} {_short(self.value)!r}: {_short(self.rule, 1_000)}"


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


class Refused(InputError):  # noqa: N818 - "the document is refused"
    """An input was read and has faults; nothing of it was written. The message lists the first `TOLD` of them."""

    TOLD = 200  # a file of the wrong kind has a fault in every line

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        self.name = name
        self.faults = tuple(sorted(set(faults)))
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        more = [f"… and {len(self.faults) - self.TOLD:,} more"] if len(self.faults) > self.TOLD else []
        self.told = "\n".join([*map(str, self.faults[: self.TOLD]), *more])
        super().__init__(f"{name}: refused, {count}; nothing was written\n{self.told}")
