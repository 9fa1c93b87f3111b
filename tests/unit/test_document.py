"""An annotated document becomes statements with their places in the text, or one error that lists every fault."""

import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from graph.errors import InputError, Refused
from graph.records import Load, Quote, Record, Statement
from loaders.document import load

FIXTURES = Path(__file__).parents[1] / "fixtures"
ANNOTATION = (FIXTURES / "rail-talks.yaml").read_text("utf-8")
TEXT = (FIXTURES / "rail-talks.txt").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for suffix in (".yaml", ".txt"):
        shutil.copy(FIXTURES / f"rail-talks{suffix}", tmp_path)
    return tmp_path


def replaced(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def load_changed(folder: Path, *changes: tuple[str, str]) -> Load:
    path = folder / "rail-talks.yaml"
    path.write_text(replaced(ANNOTATION, *changes), encoding="utf-8")
    return load(path)


def statements(what: Load, predicate: str) -> list[Statement]:
    return [statement for statement in what.statements if statement.predicate == predicate]


def names(what: Load) -> dict[str, Statement]:
    return {s.object: s for s in statements(what, "states") if s.qualifiers["property"] == "name"}


RAIL_TALKS = load(FIXTURES / "rail-talks.yaml")
APPLE_BAN = load(FIXTURES / "apple-ban.yaml")


@pytest.mark.parametrize("what", [RAIL_TALKS, APPLE_BAN], ids=lambda what: what.source.id)
def test_every_quote_stands_at_its_offsets_in_code_points(what: Load) -> None:
    """Before the quotes stand characters of two and of four bytes, and text that runs from right to left."""
    text = str(what.source.properties["text"])
    quotes = [s.evidence for s in what.statements if isinstance(s.evidence, Quote)]
    assert len(quotes) > 4
    assert [q for q in quotes if text[q.start : q.end] != q.quote] == []


def test_offsets_count_code_points_not_bytes_or_utf_16_units() -> None:
    first = statements(RAIL_TALKS, "mentions")[0].evidence
    assert isinstance(first, Quote)
    assert first.start == 41
    assert len(TEXT[: first.start].encode("utf-16-le")) // 2 == 44
    assert len(TEXT[: first.start].encode()) == 74


def test_the_source_is_the_document_with_its_text() -> None:
    source = RAIL_TALKS.source
    assert (source.id, source.type) == ("rail-talks", "Document")
    assert source.properties == {
        "title": "Rail talks",
        "language": "en",
        "url": "https://example.org/rail-talks",
        "published": "2026-03-04",
        "text": TEXT,
        "sha256": hashlib.sha256((FIXTURES / "rail-talks.txt").read_bytes()).hexdigest(),
    }


def test_a_statement_carries_what_the_annotation_says() -> None:
    denial = statements(RAIL_TALKS, "hasTarget")[1]
    assert denial == Statement(
        "release-14",
        "hasTarget",
        "rail-talks--released-people",
        "rail-talks",
        Quote("Belarus said that it had released 14 people. A rights group denied this", 168, 239),
        {"asserted_by": "rail-talks--rights-group", "status": "done"},
        negated=True,
    )
    assert ANNOTATION.splitlines()[denial.line - 1] == "  - subject: release-14"


def test_what_is_scoped_belongs_to_the_document_wherever_it_is_named() -> None:
    scoped = {"rights-group", "released-people", "reopening-crossing"}
    touched = {id_ for s in RAIL_TALKS.statements for id_ in (s.subject, s.object, s.qualifiers.get("asserted_by"))}
    assert touched & scoped == set()
    assert {f"rail-talks--{key}" for key in scoped} <= touched


def test_what_a_node_is_and_is_called_are_statements() -> None:
    assert RAIL_TALKS.types() == {
        "rail-talks": "Document",
        "example-news": "Organization",
        "belarus": "Country",
        "latvia": "Country",
        "rail-talks--rights-group": "Group",
        "rail-talks--released-people": "Group",
        "rail-freight-talks": "Contact",
        "rail-talks--reopening-crossing": "DiplomaticAct",
        "release-14": "Release",
        "less-rail-freight": "Situation",
    }
    stated = Counter(s.qualifiers["property"] for s in statements(RAIL_TALKS, "states"))
    assert stated == {"type": 9, "name": 9, "iso3166": 1, "wikidataId": 1}


def test_a_name_that_the_text_says_is_quoted_where_it_is_first_mentioned() -> None:
    name = names(RAIL_TALKS)["belarus"]
    assert name.evidence == Quote("Belarus", 41, 48)
    assert "implied" not in name.qualifiers


def test_what_the_text_does_not_say_is_the_annotations_own_and_implied() -> None:
    own = [s for s in statements(RAIL_TALKS, "states") if isinstance(s.evidence, Record)]
    assert all(s.qualifiers["implied"] is True for s in own)
    assert {s.qualifiers["property"] for s in own} == {"type", "name", "iso3166", "wikidataId"}
    name = names(RAIL_TALKS)["rail-talks--rights-group"]
    assert name.evidence == Record("entities/rights-group")


def test_mentions_say_who_linked_them_and_how_surely() -> None:
    found = [
        (s.object, s.qualifiers["linked_by"], s.qualifiers["confidence"]) for s in statements(RAIL_TALKS, "mentions")
    ]
    assert found[:3] == [("belarus", "annotation", 1.0), ("belarus", "annotation", 0.5), ("latvia", "annotation", 1.0)]


def test_the_publisher_is_a_statement() -> None:
    [published] = statements(RAIL_TALKS, "publishedBy")
    assert (published.subject, published.object) == ("rail-talks", "example-news")


def test_loading_again_makes_the_same_statements() -> None:
    again = load(FIXTURES / "rail-talks.yaml")
    assert again == RAIL_TALKS
    assert [s.id for s in again.statements] == [s.id for s in RAIL_TALKS.statements]


QUOTE = "quote: Latvia refused to reopen the crossing"
REOPENING = "- subject: reopening-crossing"
NEXT_TO_IT = "does not stand in the text with this prefix and suffix right before and after it"


@pytest.mark.parametrize(
    ("old", "new", "at", "fault"),
    [
        # Quotes
        (QUOTE, "quote: nothing of this", "quote: nothing", "statements.1: quote: not in the text"),
        (QUOTE, "quote: latvia refused", "quote: latvia", "statements.1: quote: not in the text"),
        (QUOTE, "quote: Latvia agreed", "quote: Latvia agreed", "statements.1: quote: not in the text; only its"),
        (QUOTE, "quote: Latvia", "quote: Latvia\n", "statements.1: quote: stands 3 times in the text; add a prefix"),
        (QUOTE, f"prefix: he\n    {QUOTE}", QUOTE, f"statements.1: quote: {NEXT_TO_IT}"),
        (QUOTE, f"{QUOTE}\n    suffix: he", QUOTE, f"statements.1: quote: {NEXT_TO_IT}"),
        (QUOTE, 'quote: ""', 'quote: ""', "statements.1: quote: '' should be non-empty"),
        (QUOTE, "", REOPENING, "statements.1: 1: 'quote' is a required property"),
        ("[14 people]", "[15 people]", "[15 people]", "released-people: quote: not in the text"),
        ("[14 people]", "[people, a]", "[people, a]", "released-people: quote: stands 22 times in the text"),
        # Statements
        (
            "predicate: hasInitiator",
            "predicate: hasAuthor",
            "hasAuthor",
            "statements.1: predicate: 'hasAuthor' is not one",
        ),
        (
            "predicate: hasInitiator",
            "predicate: states",
            "predicate: states",
            "statements.1: predicate: 'states' is not",
        ),
        (
            f"object: latvia\n    {QUOTE}",
            f"object: release-14\n    {QUOTE}",
            REOPENING,
            "rail-talks--reopening-crossing hasInitiator release-14: object: is of class Release, but the object of "
            "hasInitiator must be of class Agent",
        ),
        (
            "subject: reopening-crossing",
            "subject: belarus",
            "- subject: belarus",
            "belarus hasInitiator latvia: subject: is of class Country, but the subject of hasInitiator must be",
        ),
        (
            "subject: reopening-crossing",
            "subject: lithuania",
            "- subject: lithuania",
            "lithuania hasInitiator latvia: subject: the source does not say what it is",
        ),
        (
            "    status: refused\n",
            "",
            REOPENING,
            "rail-talks--reopening-crossing hasInitiator latvia: status: a statement about an event says how far",
        ),
        ("status: refused", "status: declined", "declined", "statements.1: status: 'declined' is not one of"),
        ("because: less", "reason: less", "reason: less", "statements.1: reason: not known here; known are aspect,"),
        ("because: less", "source: less", "source: less", "statements.1: source: not known here; known are aspect,"),
        ("because: less", "lang: less", "lang: less", "statements.1: lang: not known here; known are aspect,"),
        ("implied: true", "implied: yes", "implied: yes", "statements.1: implied: must be of type boolean"),
        ("quantity: 14", 'quantity: "14"', "quantity: ", "statements.2: quantity: must be of type number"),
        (
            "quantity: 14",
            "quantity: 1e999",
            "- subject: release-14",
            "release-14 hasTarget rail-talks--released-people: quantity: a number that 64 bits hold exactly",
        ),
        ("valid_to: open", "valid_to: 2026", "valid_to:", "statements.4: valid_to: write it as a text, in quotes"),
        (
            "status_since: 2026-03-03",
            "status_since: 2026-02-30",
            "- subject: rail-freight-talks",
            "rail-freight-talks hasParticipant belarus: status_since: no such day in the calendar",
        ),
        (
            "status_since: 2026-03-03",
            "status_since: March 3",
            "- subject: rail-freight-talks",
            "rail-freight-talks hasParticipant belarus: status_since: not an EDTF date",
        ),
        (
            "valid_to: open",
            "valid_from: 2026-03-03\n    valid_to: 2026-03-02",
            "- subject: less-rail-freight",
            "less-rail-freight hasParticipant latvia: valid_to: ends (2026-03-02) before it starts (2026-03-03)",
        ),
        ("statements:\n", "statements:\n  - one\n", "- one", "statements.0: 0: must be of type object"),
        # Entities and occurrences
        (
            "  rights-group:",
            "  Rights_Group:",
            "  Rights_Group:",
            "entities.Rights_Group: Rights_Group: 'Rights_Group' does",
        ),
        ("  latvia:", "  belarus:", "  belarus:\n    type: Country\n    name: Latvia", "entities: key: stands twice"),
        ("  release-14:", "  latvia:", "  latvia:\n    type: Release", "occurrences: id: is the id of another"),
        (
            "  example-news:",
            "  rail-talks:",
            "  rail-talks:",
            "entities: id: is the id of another entity, occurrence or the",
        ),
        ("  example-news:", "  rail-talks--rights-group:", "  rights-group:", "entities: id: is the id of another"),
        ("type: Release", "type: Freeing", "Freeing", "occurrences.release-14: type: 'Freeing' is not one of"),
        ("type: Release", "type: Person", "type: Person", "occurrences.release-14: type: 'Person' is not one of"),
        (
            "type: Release",
            "typ: Release",
            "typ:",
            "occurrences.release-14: typ: not known here; known are identifiers,",
        ),
        ("name: 14 people", "name: 14", "name: 14", "entities.released-people: name: write it as a text, in quotes"),
        ("name: 14 people", "name:", "name:\n", "entities.released-people: name: must be of type string"),
        ("{iso3166: BY,", "{iso: BY,", "{iso:", "entities.belarus: iso: not known here; known are euId, ftmId"),
        ("{iso3166: BY,", "{iso3166: BLR,", "  belarus:", "rail-talks states belarus: iso3166: does not have the form"),
        ("confidence: 0.5", "confidence: 1.5", "confidence: 1.5", "entities.belarus: confidence: 1.5 is greater than"),
        (
            '{quote: Belarus, suffix: " said", confidence: 0.5}',
            '{quote: Belarus, suffix: " agreed on"}',
            '" agreed on"',
            "rail-talks mentions belarus: id: said before with the same evidence (line 20); state it once",
        ),
        # The document
        ("  language: en\n", "", "document:", "document: document: 'language' is a required property"),
        ("language: en", "language: English", None, "rail-talks: language: a valid BCP 47 language tag"),
        ("published: 2026-03-04", "published: yesterday", None, "rail-talks: published: not an EDTF date"),
        ("published: 2026-03-04", "published: 2026", "published", "document.published: published: write it as a text"),
        ("published: 2026-03-04", "printed: x", "printed", "document.printed: printed: not known here; known are id,"),
        ("url: https:", "url: file:", None, "rail-talks: url: an address that begins with https://"),
        (
            "publisher: example-news",
            "publisher: nobody",
            "publisher: nobody",
            "rail-talks publishedBy nobody: object: the source does not say what it is",
        ),
        ("  id: rail-talks", "  id: Rail talks", "id: Rail talks", "document.id: id: 'Rail talks' does not match"),
        ("statements:\n", "claims:\n", "claims:", "claims: claims: not known here; known are document, entities,"),
        ("statements:\n", "claims:\n", "document:", "file: file: 'statements' is a required property"),
    ],
)
def test_a_fault_names_its_line_record_field_and_rule(
    folder: Path, old: str, new: str, at: str | None, fault: str
) -> None:
    with pytest.raises(Refused) as raised:
        load_changed(folder, (old, new))
    line = 0 if at is None else line_of(at, (folder / "rail-talks.yaml").read_text("utf-8"))
    found = [(f.line, f"{f.record}: {f.field}: {f.rule}") for f in raised.value.faults]
    assert [found_line for found_line, text in found if text.startswith(fault)] == [line], found


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("status: refused", "status: declined", "declined"),
        ("implied: true", "implied: 'так'", "так"),
        ("valid_to: open", "valid_to: 2026", "2026"),
        ("valid_to: open", "valid_to: false", "false"),
        ("valid_to: open", "valid_to:", "null"),
        ("valid_to: open", "valid_to: [open]", ""),
        ("because: less-rail-freight", "reason: less-rail-freight", ""),  # the key is what is wrong
        (QUOTE, "quote: Latvia agreed", "Latvia agreed"),
    ],
)
def test_a_fault_shows_the_value(folder: Path, old: str, new: str, value: str) -> None:
    with pytest.raises(Refused) as raised:
        load_changed(folder, (old, new))
    assert [fault.value for fault in raised.value.faults] == [value]


def line_of(wanted: str, text: str) -> int:
    return text[: text.index(wanted)].count("\n") + 1


def test_all_faults_are_reported_at_once_whatever_their_kind(folder: Path) -> None:
    with pytest.raises(Refused) as raised:
        load_changed(
            folder,
            ("predicate: hasParticipant\n    object: belarus", "predicate: hasPart\n    object: belarus"),  # range
            ("object: latvia\n    quote: Latvia refused", "object: latvia\n    quote: Latvia declined"),  # quote
            ("quantity: 14", "quantities: 14"),  # unknown qualifier
            ("negated: true", "negated: perhaps"),  # type
            ("modality: alleged\n", "modality: claimed\n"),  # vocabulary
            ("[14 people]", "[15 people]"),  # mention
            ("published: 2026-03-04", "published: March 4"),  # date of the document
        )
    text = (folder / "rail-talks.yaml").read_text("utf-8")
    assert [(f.line, f.record, f.field) for f in raised.value.faults] == [
        (0, "rail-talks", "published"),
        (line_of("[15 people]", text), "released-people", "quote"),
        (line_of("- subject: rail-freight-talks", text), "rail-freight-talks hasPart belarus", "object"),
        (line_of("quote: Latvia declined", text), "statements.1", "quote"),
        (line_of("quantities", text), "statements.2", "quantities"),
        (line_of("negated: perhaps", text), "statements.3", "negated"),
        (line_of("modality: claimed", text), "statements.4", "modality"),
    ]
    message = str(raised.value).splitlines()
    assert message[0] == f"{folder / 'rail-talks.yaml'}: refused, 7 faults; nothing was written"
    assert len(message) == 8


def test_a_broken_entity_hides_no_missing_quote_and_makes_no_fault_elsewhere(folder: Path) -> None:
    with pytest.raises(Refused) as raised:
        load_changed(folder, ("name: Latvia", "title: Latvia"), (QUOTE, "quote: Latvia declined"))
    assert {(f.record, f.field) for f in raised.value.faults} == {
        ("entities.latvia", "title"),
        ("entities.latvia", "latvia"),  # it has no name
        ("statements.1", "quote"),
    }


@pytest.mark.parametrize(
    ("quote", "context", "start"),
    [
        ("Latvia", {"prefix": "with "}, 96),
        ("Latvia", {"suffix": " refused"}, 104),
        ("Latvia", {"prefix": ". ", "suffix": " refused"}, 104),
        ("Latvia", {"prefix": ". A rights group denied this. Freight is down by about a third, says "}, 280),
        ("us", {"prefix": "Belar", "suffix": " said"}, 173),
        ("Rail", {"prefix": "🚆🇧🇾 "}, 4),
        ("Rail talks \u200fمحادثات", {}, 4),
        ("🇾", {}, 2),
        ("السكك", {}, 24),
    ],
)
def test_context_tells_places_apart(folder: Path, quote: str, context: dict[str, str], start: int) -> None:
    lines = "".join(f"\n    {key}: '{text}'" for key, text in context.items())
    what = load_changed(folder, (QUOTE, f"quote: '{quote}'{lines}"))
    [statement] = [s for s in what.statements if s.subject == "rail-talks--reopening-crossing"]
    assert statement.evidence == Quote(quote, start, start + len(quote))
    assert TEXT[start:].startswith(quote)


def test_places_that_overlap_count_as_two(tmp_path: Path) -> None:
    small = {
        "yaml": (FIXTURES / "apple-ban.yaml").read_text("utf-8"),
        "txt": "Беларусь: хахаха! Польшчы Польшча забарону",
    }
    small["yaml"] = small["yaml"].replace("quote: Беларусь забараніла ўвоз яблыкаў", "quote: хаха")
    for suffix, content in small.items():
        (tmp_path / f"apple-ban.{suffix}").write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match=r"'хаха': stands 2 times in the text"):
        load(tmp_path / "apple-ban.yaml")


def test_quotes_may_overlap_each_other() -> None:
    places = [s.evidence for s in statements(RAIL_TALKS, "hasTarget") if isinstance(s.evidence, Quote)]
    assert [(q.start, q.end) for q in places] == [(168, 211), (168, 239)]


def test_a_long_quote_that_is_not_there_is_refused_at_once(folder: Path) -> None:
    (folder / "rail-talks.txt").write_text(TEXT + "ab" * 500_000, encoding="utf-8")
    with pytest.raises(Refused, match="not in the text; only its beginning"):
        load_changed(folder, (QUOTE, f"quote: {'ab' * 400_000}c"))


@pytest.mark.parametrize(
    "name",
    [
        "../rail-talks.txt",
        "/etc/hostname",
        "./rail-talks.txt",
        "sub/rail-talks.txt",
        ".",
        "..",
        "rail-talks.txt/",
        "~/x",
    ],
)
def test_the_text_lies_beside_the_annotation(folder: Path, name: str) -> None:
    with pytest.raises(InputError) as raised:
        load_changed(folder, ("text: rail-talks.txt", f"text: {name}"))
    assert re.search(r"must be the name of a file beside the annotation|not a file", str(raised.value))


@pytest.mark.parametrize("name", ["missing.txt", '"a\\0b"'])
def test_a_missing_text_is_named(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"(missing\.txt|a\0b): no such file"):
        load_changed(folder, ("text: rail-talks.txt", f"text: {name}"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        ("Мінск".encode("cp1251"), "byte . is not UTF-8"),
        (b"a" * 10_000_001, "limit"),
    ],
)
def test_a_text_that_is_none_is_refused(folder: Path, content: bytes, message: str) -> None:
    (folder / "rail-talks.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"rail-talks\.txt: .*{message}"):
        load(folder / "rail-talks.yaml")


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines_of_the_text_are_kept(folder: Path, newline: str) -> None:
    (folder / "rail-talks.txt").write_bytes(TEXT.replace("\n", newline).encode())
    what = load(folder / "rail-talks.yaml")
    text = str(what.source.properties["text"])
    assert text == TEXT.replace("\n", newline)
    first = statements(what, "mentions")[0].evidence
    assert first == Quote("Belarus", text.index("Belarus"), text.index("Belarus") + 7)


def test_a_text_that_changed_before_a_quote_moves_it(folder: Path) -> None:
    (folder / "rail-talks.txt").write_text("Update: " + TEXT, encoding="utf-8")
    what = load(folder / "rail-talks.yaml")
    assert what.source.properties["sha256"] != RAIL_TALKS.source.properties["sha256"]
    moved = [
        new.evidence.start - old.evidence.start
        for new, old in zip(what.statements, RAIL_TALKS.statements, strict=True)
        if isinstance(new.evidence, Quote) and isinstance(old.evidence, Quote)
    ]
    assert set(moved) == {8}


def test_a_text_that_changed_in_a_quote_is_refused(folder: Path) -> None:
    (folder / "rail-talks.txt").write_text(TEXT.replace("14 people", "15 people"), encoding="utf-8")
    with pytest.raises(Refused) as raised:
        load(folder / "rail-talks.yaml")
    assert [f.record for f in raised.value.faults] == ["released-people", "statements.2", "statements.3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("# nothing\n", "nothing but comments"),
        ("just a text", "must be of type object"),
        ("- a\n- list\n", "must be of type object"),
        ("---\n...\n", "must be of type object"),
        ("document: {}\nstatements: []\n", "'id' is a required property"),
        ("document:\nstatements:\n", "must be of type object"),
        ("document: &a {}\nstatements: *a\n", "anchors are refused"),
    ],
)
def test_a_file_that_is_no_annotation_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load(path)
