"""A number that stands for the content of a graph, whatever the order in which one meets it.

It is the sum of hashes of nodes and relationships, each with the types of its properties (1, 1.0 and true differ), so
that two graphs can be compared without holding either.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SPACE = 2**128


@dataclass(slots=True)
class Digest:
    """The sum so far; two that are equal stand for the same nodes and relationships."""

    sum: int = 0

    def node(self, id_: str, labels: Iterable[str], properties: Mapping[str, Any]) -> None:
        """Add a node."""
        self._add((id_, sorted(labels), sorted(properties.items())))

    def statement(self, subject: str, type_: str, object_: str, properties: Mapping[str, Any]) -> None:
        """Add a relationship."""
        self._add((subject, type_, object_, sorted(properties.items())))

    def _add(self, what: object) -> None:
        hashed = hashlib.blake2b(repr(what).encode(errors="surrogatepass"), digest_size=16).digest()
        self.sum = (self.sum + int.from_bytes(hashed, "big")) % _SPACE
