"""The syntaxes of RDF, written block by block so that nothing is kept.

N-Triples and N-Quads, Turtle and TriG (all RDF 1.1), RDF/XML 1.1 and JSON-LD 1.1. A block is a subject with its
predicates and objects in the form of N-Triples; what goes into no source's graph has None for a graph.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Protocol
from xml.sax.saxutils import escape

from graph.errors import UnwritableError
from graph.rdf import terms
from graph.rdf.terms import OA, OWL, PROV, RDF, SKOS, XSD, Block, parts
from ontology.model import BG

PREFIXES: Mapping[str, str] = {
    "bg": str(BG),
    "oa": OA,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "skos": SKOS,
    "xsd": XSD,
}


class Writer(Protocol):
    """One document: its head, its blocks in turn, its tail.

    `text`, `iri` and `bare` are how a block writes the text of a literal, an IRI, and an IRI or a part of it where the
    signs around it stand already.
    """

    def head(self) -> str:
        """What comes first."""

    def enter(self, graph: str | None) -> str:
        """What comes between blocks of one named graph and those of another."""

    def block(self, graph: str | None, block: Block) -> str:
        """The next block, in the named graph of that term."""

    def tail(self) -> str:
        """What comes last."""

    def text(self, text: str) -> str:
        """The text of a literal."""

    def iri(self, iri: str) -> str:
        """An IRI, given as N-Triples write it."""

    def bare(self, iri: str) -> str:
        """An IRI, given as it is."""


class Lines:
    """N-Triples, or N-Quads where `graphs`."""

    def __init__(self, *, graphs: bool) -> None:
        self._graphs = graphs

    def head(self) -> str:
        """Nothing."""
        return ""

    def enter(self, graph: str | None) -> str:
        """Nothing: every line names its graph."""
        return ""

    def block(self, graph: str | None, block: Block) -> str:
        """A line for each triple."""
        subject, said = block
        end = f" {graph} .\n" if graph and self._graphs else " .\n"
        return "".join([f"{subject} {predicate} {object_}{end}" for predicate, object_ in said])

    def tail(self) -> str:
        """Nothing."""
        return ""

    def text(self, text: str) -> str:
        """With its escapes."""
        return terms.escape(text)

    def iri(self, iri: str) -> str:
        """As it is."""
        return iri

    def bare(self, iri: str) -> str:
        """As it is."""
        return iri


class Turtle:
    """Turtle, or TriG where `graphs`."""

    def __init__(self, base: str, *, graphs: bool) -> None:
        self._base = base
        self._graphs = graphs
        self._graph: str | None = None
        self._short = lru_cache(maxsize=10_000)(self._shorten)

    def head(self) -> str:
        """The prefixes."""
        prefixes = {**PREFIXES, "id": self._base}
        return "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in sorted(prefixes.items()))

    def enter(self, graph: str | None) -> str:
        """The braces around a graph."""
        if not self._graphs or graph == self._graph:
            return ""
        closing = "" if self._graph is None else "}\n"
        self._graph = graph
        return closing if graph is None else f"{closing}\n{self.iri(graph)} {{"

    def block(self, graph: str | None, block: Block) -> str:
        """The subject once, then what is said of it."""
        subject, said = block
        lines = " ;\n    ".join([f"{self.iri(predicate)} {self._object(object_)}" for predicate, object_ in said])
        return f"\n{self.iri(subject)}\n    {lines} .\n" if said else ""

    def tail(self) -> str:
        """The last brace."""
        return self.enter(None)

    def text(self, text: str) -> str:
        """With the escapes of N-Triples."""
        return terms.escape(text)

    def iri(self, iri: str) -> str:
        """With a prefix where that can be."""
        return self._short(iri)

    def bare(self, iri: str) -> str:
        """As it is."""
        return iri

    def _object(self, object_: str) -> str:
        if object_[0] == "<":
            return self.iri(object_)
        if object_[-1] != ">":
            return object_
        text, typed, datatype = object_.rpartition('"^^')
        return f"{text}{typed}{self.iri(datatype)}"

    def _shorten(self, iri: str) -> str:
        namespace, local = _split(iri[1:-1], self._base)
        prefix = "id" if namespace == self._base else _PREFIX_OF.get(namespace)
        return f"{prefix}:{local}" if prefix and _LOCAL.fullmatch(local) else iri


class RdfXml:
    """RDF/XML. It cannot hold control characters (XML 1.0, 2.2)."""

    def head(self) -> str:
        """The root with its namespaces."""
        spaces = "".join(f'\n    xmlns:{prefix}="{iri}"' for prefix, iri in PREFIXES.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'

    def enter(self, graph: str | None) -> str:
        """Nothing: it has no graphs."""
        return ""

    def block(self, graph: str | None, block: Block) -> str:
        """An rdf:Description."""
        subject, said = block
        inside = "".join([self._property(predicate, object_) for predicate, object_ in said])
        return f'<rdf:Description rdf:about="{self.iri(subject)}">\n{inside}</rdf:Description>\n'

    def tail(self) -> str:
        """The end of the root."""
        return "</rdf:RDF>\n"

    def text(self, text: str) -> str:
        """With entities.

        Raises:
            UnwritableError: it has control characters.
        """
        if NO_XML.search(text):
            raise UnwritableError(f"RDF/XML cannot hold the control characters of {text[:40]!r}; use another format")
        return escape(text, {"\r": "&#13;"})

    def iri(self, iri: str) -> str:
        """Without the brackets."""
        return self.bare(iri[1:-1])

    def bare(self, iri: str) -> str:
        """As the value of an attribute."""
        return escape(iri, {'"': "&quot;"})

    def _property(self, predicate: str, object_: str) -> str:
        name = curie(predicate)
        if object_[0] == "<":
            return f'  <{name} rdf:resource="{self.iri(object_)}"/>\n'
        text, kind = parts(object_)
        how = f' xml:lang="{kind[1:]}"' if kind.startswith("@") else ""
        how = f' rdf:datatype="{self.iri(kind)}"' if kind.startswith("<") else how
        return f"  <{name}{how}>{self.text(text)}</{name}>\n"


class JsonLd:
    """JSON-LD with the ontology's context in it: a line for each block, under names that no context reads otherwise."""

    def __init__(self) -> None:
        self._between = ""

    def head(self) -> str:
        """The context, and the begin of the graph."""
        ours = json.loads(files("ontology").joinpath("context.jsonld").read_text("utf-8"))["@context"]
        context = json.dumps({**PREFIXES, **ours}, ensure_ascii=False, sort_keys=True)
        return f'{{"@context": {context},\n"@graph": ['

    def enter(self, graph: str | None) -> str:
        """Nothing: its graph is the union of all."""
        return ""

    def block(self, graph: str | None, block: Block) -> str:
        """A node object."""
        subject, said = block
        node: dict[str, object] = {"@id": subject[1:-1]}
        many: dict[str, list[object]] = {}
        for predicate, object_ in said:
            name = curie(predicate)
            if name == "rdf:type":
                many.setdefault("@type", []).append(curie(object_))
            else:
                many.setdefault(name, []).append(_json_value(object_))
        between, self._between = self._between, ","
        return f"{between}\n{json.dumps({**node, **many}, ensure_ascii=False)}"

    def tail(self) -> str:
        """The ends."""
        return "\n]}\n"

    def text(self, text: str) -> str:
        """With the escapes of JSON."""
        return json.dumps(text, ensure_ascii=False)[1:-1]

    def iri(self, iri: str) -> str:
        """Without the brackets."""
        return self.text(iri[1:-1])

    def bare(self, iri: str) -> str:
        """With the escapes of JSON."""
        return self.text(iri)


def _json_value(object_: str) -> object:
    if object_[0] == "<":
        return {"@id": object_[1:-1]}
    text, kind = parts(object_)
    if kind.startswith("@"):
        return {"@value": text, "@language": kind[1:]}
    return {"@value": text, "@type": kind[1:-1]} if kind else {"@value": text}


@lru_cache(maxsize=1_000)
def curie(iri: str) -> str:
    """Prefix and local name of a term of a vocabulary."""
    namespace, local = _split(iri[1:-1], "")
    return f"{_PREFIX_OF[namespace]}:{local}"


def _split(iri: str, base: str) -> tuple[str, str]:
    if base and iri.startswith(base):
        return base, iri[len(base) :]
    namespace, end, local = iri.rpartition("#")
    return namespace + end, local


_PREFIX_OF = {iri: prefix for prefix, iri in PREFIXES.items()}
_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

FORMATS: Mapping[str, Callable[[str], Writer]] = {
    "nt": lambda _: Lines(graphs=False),
    "nq": lambda _: Lines(graphs=True),
    "ttl": lambda base: Turtle(base, graphs=False),
    "trig": lambda base: Turtle(base, graphs=True),
    "jsonld": lambda _: JsonLd(),
    "rdf": lambda _: RdfXml(),
}
"""How to begin a document under a base IRI, by the ending of its file."""
