"""Namespaces and literals: terms in the form of N-Triples (RDF 1.1)."""

import re

from ontology.model import BG

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OA = "http://www.w3.org/ns/oa#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
SKOS = "http://www.w3.org/2004/02/skos/core#"

TYPE = f"<{RDF}type>"

Block = tuple[str, list[tuple[str, str]]]
"""A subject with its predicates and objects."""


def term(name: str) -> str:
    """A term of the ontology."""
    return f"<{BG}{name}>"


def literal(text: str, datatype: str | None = None, lang: str | None = None) -> str:
    """A literal; `datatype` is a local name of XSD, or `Edtf`.

    A tag that RDF's grammar refuses is left out; `bg:lang` has it all the same.
    """
    quoted = f'"{escape(text)}"'
    if lang and TAG.fullmatch(lang):
        return f"{quoted}@{lang}"
    if datatype in (None, "string"):
        return quoted
    return f"{quoted}^^{term('Edtf') if datatype == 'Edtf' else f'<{XSD}{datatype}>'}"


def escape(text: str) -> str:
    """A text as it stands between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")


def parts(object_: str) -> tuple[str, str]:
    """Text of a literal, and its `@tag`, `<datatype>` or nothing."""
    quoted, _, kind = object_.rpartition('"')
    return _UNESCAPE.sub(lambda match: _ESCAPED[match[0]], quoted[1:]), kind.removeprefix("^^")


TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_UNESCAPE = re.compile(r'\\[\\"nr]')
_ESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n", "\\r": "\r"}
