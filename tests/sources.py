"""Sources that are hard to write down: hypothesis draws them, with every trap that a format of RDF may fall into."""

import hashlib
from collections.abc import Sequence

from hypothesis import strategies as st

from graph.records import STATES, Evidence, Load, Quote, Record, Scalar, Source, Statement, value

TRAPS = (
    "Telegram: @nexta",
    'quoted "twice" \\" and \\n',
    "line\nline\r\nline\ttab",
    "\u05e9\u05dc\u05d5\u05dd \u200f\u202eleft",
    "\U0001d538\U0001f1e7\U0001f1fe e\u0301",
    "<b>&amp;]]></b>",
    'a"^^<http://www.w3.org/2001/XMLSchema#integer>',
    'b"^^xhttps://w3id.org/belgraph/ontology#Edtf',
    "_:b0 @en {} . ; $x",
    " ends and begins with spaces ",
    "http://example.org/%20/шлях",
    "123456789012345678.123456789012345678",
    "9223372036854775808",
    "2026-11-25T11:00:00.500+02:00",
)
URLS = ("https://example.org/a%20b?c=%D0%B1&d=e", "https://прыклад.бел/шлях#частка", "http://example.org/'(x)'")
LANGUAGES = ("be", "be-tarask", "be-Latn", "ru", "en")
DATES = ("2025", "2025-06", "2025-06-21", "XXXX-06-21", "2025?-06-21", "19XX", "2024-02~")
ENDS = ("open", "unknown", "2026-01-01")

_plain = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = st.one_of(st.sampled_from(TRAPS), st.text(_plain, min_size=1, max_size=40)).filter(str.strip)
NUMBERS = st.one_of(
    st.sampled_from([123456789012345.67, 0.1, -0.0, 1e300, 5e-324, 1234567890123456.0]),
    st.floats(allow_nan=False, allow_infinity=False),
)
PEOPLE = ("ann", "ben", "cyd")


@st.composite
def loads(draw: st.DrawFn, id_: str = "paper") -> Load:
    """A document of people who support each other, often several times with another interval only."""
    pieces = draw(st.lists(TEXTS, min_size=2, max_size=6))
    text = " ".join(pieces)
    properties: dict[str, Scalar] = {
        "title": draw(TEXTS),
        "text": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "language": draw(st.sampled_from(LANGUAGES)),
        "url": draw(st.sampled_from(URLS)),
        "published": "2025-09-01",
    }
    source = Source(id_, "Document", properties)
    start = 0
    quotes = []
    for piece in pieces:
        quotes.append(Quote(piece, start, start + len(piece)))
        start += len(piece) + 1
    evidence = st.one_of(st.sampled_from(quotes), TEXTS.map(Record))
    made = [value(id_, person, "type", "Person", Record(f"type of {person}")) for person in PEOPLE]
    made += draw(st.lists(_names(id_, evidence), max_size=6))
    made += draw(st.lists(_support(id_, evidence), max_size=6))
    return Load(f"{id_}.test", source, list({s.id: s for s in made}.values()))


@st.composite
def _names(draw: st.DrawFn, source: str, evidence: st.SearchStrategy[Evidence]) -> Statement:
    stated: dict[str, Scalar] = {
        "property": "name",
        "value": draw(TEXTS),
        "lang": draw(st.sampled_from(LANGUAGES)),
    }
    return Statement(source, STATES, draw(st.sampled_from(PEOPLE)), source, draw(evidence), stated)


@st.composite
def _support(draw: st.DrawFn, source: str, evidence: st.SearchStrategy[Evidence]) -> Statement:
    optional: dict[str, st.SearchStrategy[Scalar]] = {
        "asserted_by": st.sampled_from(PEOPLE),
        "valid_from": st.sampled_from([date for date in DATES if date < "2026"]),
        "valid_to": st.sampled_from(ENDS),
        "when_text": TEXTS,
        "quantity": NUMBERS,
        "quantity_text": TEXTS,
        "quantity_bound": st.sampled_from(["exact", "about", "at_most", "at_least"]),
        "change": st.sampled_from(["starts", "ends", "continues"]),
        "implied": st.booleans(),
        "because": st.sampled_from(PEOPLE),
        "role_title": TEXTS,
    }
    return Statement(
        draw(st.sampled_from(PEOPLE)),
        "supports",
        draw(st.sampled_from(PEOPLE)),
        source,
        draw(evidence),
        draw(st.fixed_dictionaries({}, optional=optional)),
        modality=draw(st.sampled_from(["asserted", "possible", "alleged", "feared"])),
        negated=draw(st.booleans()),
    )


def changed(what: Load, kept: Sequence[bool]) -> Load:
    """A later version without some of its statements; types stay."""
    pairs = zip(what.statements, [*kept, *[True] * len(what.statements)], strict=False)
    said = [s for s, keep in pairs if keep or s.qualifiers.get("property") == "type"]
    return Load(what.name, what.source, said)
