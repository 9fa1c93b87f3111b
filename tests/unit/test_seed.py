"""The article's annotation says what the article says, as firmly as the article says it, and nothing more."""

import hashlib
from collections import Counter
from typing import Any

import pytest

from graph.guard import Guard
from graph.records import Quote, Record, Statement
from loaders.registry import SEED, SEED_SOURCES, read
from ontology.model import load

ONTOLOGY = load()
ARTICLE = read(SEED_SOURCES["trump-belarus-move"])
NAMES = read(SEED_SOURCES["names"])
TEXT = (SEED / "trump-belarus-move.txt").read_bytes().decode()
TYPES = ARTICLE.types()
CLAIMS = [s for s in ARTICLE.statements if s.predicate in ONTOLOGY.statements]
MENTIONS = [s for s in ARTICLE.statements if s.predicate == "mentions"]


def status(statement: Statement) -> object:
    return statement.qualifiers.get("status")


def local(id_: object) -> object:
    """An id without the document that it is scoped to, the way the annotation writes it."""
    return id_.removeprefix("trump-belarus-move--") if isinstance(id_, str) else id_


# The text and its quotes


def test_the_text_is_the_article_to_the_byte() -> None:
    digest = "9c01f23d46c62906c16bcab3c6d373c7326dbce699f06bd21422ada49869f99e"
    assert hashlib.sha256(TEXT.encode()).hexdigest() == digest
    assert ARTICLE.source.properties["sha256"] == digest
    assert ARTICLE.source.properties["text"] == TEXT


def test_the_source_has_no_property_that_the_text_does_not_give() -> None:
    """No publisher, address or date is in it."""
    assert ARTICLE.source.properties.keys() == {"title", "language", "text", "sha256"}
    assert str(ARTICLE.source.properties["title"]) in TEXT
    assert not [s for s in ARTICLE.statements if s.predicate == "publishedBy"]


@pytest.mark.parametrize("statement", [*CLAIMS, *MENTIONS], ids=str)
def test_every_statement_and_mention_is_the_text_at_its_offsets(statement: Statement) -> None:
    quote = statement.evidence
    assert isinstance(quote, Quote)
    assert quote.quote
    assert TEXT[quote.start : quote.end] == quote.quote


def test_every_word_for_a_time_or_a_number_stands_in_the_quote() -> None:
    for statement in CLAIMS:
        assert isinstance(statement.evidence, Quote)
        for key in ("when_text", "quantity_text", "role_title"):
            words = str(statement.qualifiers.get(key, ""))
            assert words in statement.evidence.quote, (str(statement), key)


def test_there_are_enough_statements_and_each_is_said_once() -> None:
    assert len(CLAIMS) >= 85
    assert Counter(s.id for s in ARTICLE.statements).most_common(1)[0][1] == 1


def test_the_guard_finds_no_fault() -> None:
    assert list(Guard(ONTOLOGY).faults(ARTICLE)) == []
    assert list(Guard(ONTOLOGY).faults(NAMES)) == []


# What was done, and what was not


def test_every_statement_about_an_event_says_how_far_it_got() -> None:
    events = [s for s in CLAIMS if ONTOLOGY.is_a(TYPES[s.subject], ["Event"])]
    assert len(events) > 40
    assert [str(s) for s in events if status(s) is None] == []
    assert [str(s) for s in CLAIMS if s not in events and status(s) is not None] == []


@pytest.mark.parametrize(
    ("act", "statuses"),
    [
        ("lifting-belavia-sanctions", {"pledged", "proposed"}),
        ("restoring-us-embassy", {"pledged", "proposed"}),
        ("release-52-prisoners", {"proposed"}),
        ("trump-belarus-deal", {"proposed"}),
        ("belarus-larger-agreement", {"proposed"}),
        ("belarus-larger-agreement-talks", {"pledged"}),
        ("recognition-of-2020-results", {"hypothetical"}),
        ("continuing-sanctions-pressure", {"hypothetical"}),
        ("sanctions-relief-for-belarus", {"hypothetical"}),
        ("relaxing-eu-sanctions", {"refused"}),
        ("zapad-2025", {"announced"}),
        ("offensive-against-ukraine-from-belarus", {"hypothetical"}),
    ],
)
def test_what_is_only_pledged_proposed_feared_or_declined_is_never_done(act: str, statuses: set[str]) -> None:
    assert {status(s) for s in CLAIMS if s.subject == act} == statuses


def test_nothing_is_done_but_what_the_article_says_was_done() -> None:
    assert {s.subject for s in CLAIMS if status(s) in ("done", "ongoing")} == {
        "trump-belarus-maneuver",
        "us-lukashenko-contacts",
        "envoy-lukashenko-meeting",
        "trump-lukashenko-call",
        "trump-thanks-lukashenko",
        "belarus-election-2020",
        "lukashenko-harsh-rhetoric",
    }


def test_what_the_article_holds_open_is_not_asserted() -> None:
    """A situation that is only feared, wanted or warned of has no status; its modality must tell."""
    open_ = {"military-threats-from-belarus", "lukashenko-regime-survival"}
    assert {s.modality for s in CLAIMS if s.subject in open_} == {"alleged", "possible"}


# Nodes


def test_no_node_is_an_orphan() -> None:
    ids = {key for key, qualifier in ONTOLOGY.qualifiers.items() if qualifier.refers}
    touched = {node for s in CLAIMS for node in (s.subject, s.object, *(s.qualifiers.get(key) for key in ids))}
    assert TYPES.keys() - {ARTICLE.source.id} - touched == set()


def test_every_node_is_mentioned_in_the_text() -> None:
    assert TYPES.keys() - {ARTICLE.source.id} == {s.object for s in MENTIONS}


def test_who_is_not_named_belongs_to_this_document() -> None:
    groups = {id_ for id_, type_ in TYPES.items() if type_ == "Group"}
    assert groups == {
        f"trump-belarus-move--{name}"
        for name in (
            *("critics", "experts", "neighboring-countries", "western-countries"),
            *("prisoners-52", "imprisoned-people", "imprisoned-opposition-members"),
        )
    }


def test_what_was_not_in_the_text_is_marked_implied_and_names_its_record() -> None:
    own = [s for s in ARTICLE.statements if isinstance(s.evidence, Record)]
    assert {s.predicate for s in own} == {"states"}
    assert {s.qualifiers["implied"] for s in own} == {True}


def test_identifiers_are_the_verified_ones_and_no_others() -> None:
    found = {
        (s.object, s.qualifiers["property"], s.qualifiers["value"])
        for s in [*ARTICLE.statements, *NAMES.statements]
        if s.predicate == "states" and ONTOLOGY.values[str(s.qualifiers["property"])].identifier
    }
    assert found == {
        ("belarus", "wikidataId", "Q184"),
        ("poland", "wikidataId", "Q36"),
        ("lithuania", "wikidataId", "Q37"),
        ("russia", "wikidataId", "Q159"),
        ("china", "wikidataId", "Q148"),
        ("european-union", "wikidataId", "Q458"),
        ("united-states", "wikidataId", "Q30"),
        ("donald-trump", "wikidataId", "Q22686"),
        ("alexander-lukashenko", "wikidataId", "Q2866"),
        ("belavia", "unp", "600390798"),
    }


@pytest.mark.parametrize(
    ("node", "surface", "confidence"),
    [
        ("keith-kellogg", "Kitkeloh", 0.9),
        ("zapad-2025", 'the "West 25" military exercises', 0.9),
        ("russia", "Moscow", 1.0),
        ("alexander-lukashenko", "the Belarusian leader", 1.0),
        ("prisoners-52", "Hostages", 1.0),
    ],
)
def test_mentions_keep_the_form_of_the_text(node: str, surface: str, confidence: float) -> None:
    found = [s for s in MENTIONS if local(s.object) == node and s.evidence.quote == surface]  # type: ignore[union-attr]
    assert found
    assert {s.qualifiers["confidence"] for s in found} == {confidence}


# Dates


def test_the_year_is_an_inference_everywhere() -> None:
    """The text gives no year but that of the election; 2025 comes from the exercise that it calls West 25."""
    dates = {s.qualifiers.get(key) for s in CLAIMS for key in ("valid_from", "valid_to", "status_since")}
    assert dates - {None} == {"2025?-06-21", "2025?-06", "2025?-08-15", "2020", "open"}
    assert {s.subject for s in CLAIMS if s.qualifiers.get("valid_from") == "2020"} == {"belarus-election-2020"}


# What must be in it, one fact a row: subject, predicate, object, and what the statement carries. What a row does not
# give of the seven keys of a claim must not be there.

JUNE_21 = {"valid_from": "2025?-06-21", "valid_to": "2025?-06-21"}
PLEDGED = {"status": "pledged", "status_since": "2025?-06-21"}
ASKED = {"status": "proposed", "status_since": "2025?-06-21"}
JUNE = {"status": "done", "valid_from": "2025?-06", "valid_to": "2025?-06"}
AUGUST_15 = {"status": "done", "valid_from": "2025?-08-15", "valid_to": "2025?-08-15"}
FEARED = {"modality": "feared", "status": "hypothetical"}

FACTS: list[tuple[str, str, str, dict[str, Any]]] = [
    # Belavia sanctions relief and embassy for 52 prisoners: proposed in the deck, pledged in the body
    ("trump-belarus-maneuver", "hasParticipant", "trump-administration", {"status": "done", **JUNE_21}),
    ("trump-belarus-maneuver", "hasParticipant", "belarus", {"status": "done", **JUNE_21}),
    ("trump-belarus-deal", "hasInitiator", "donald-trump", {"status": "proposed"}),
    ("lifting-belavia-sanctions", "hasInitiator", "donald-trump", {"status": "proposed"}),
    ("lifting-belavia-sanctions", "hasInitiator", "donald-trump", PLEDGED),
    ("lifting-belavia-sanctions", "hasTarget", "belavia", PLEDGED),
    ("lifting-belavia-sanctions", "hasObject", "sanctions-on-belavia", PLEDGED),
    ("restoring-us-embassy", "hasInitiator", "donald-trump", {"status": "proposed"}),
    ("restoring-us-embassy", "hasInitiator", "donald-trump", PLEDGED),
    ("restoring-us-embassy", "hasObject", "us-embassy-in-belarus", PLEDGED),
    ("lifting-belavia-sanctions", "inExchangeFor", "release-52-prisoners", {"status": "proposed"}),
    ("lifting-belavia-sanctions", "inExchangeFor", "release-52-prisoners", PLEDGED),
    ("restoring-us-embassy", "inExchangeFor", "release-52-prisoners", {"status": "proposed"}),
    ("restoring-us-embassy", "inExchangeFor", "release-52-prisoners", PLEDGED),
    ("release-52-prisoners", "hasTarget", "prisoners-52", {**ASKED, "quantity": 52, "quantity_bound": "exact"}),
    ("release-52-prisoners", "hasInitiator", "belarus", {**ASKED, "implied": True}),
    # About 2,000 still imprisoned, opposition members among them
    (
        "imprisoned-people",
        "detainedIn",
        "belarus",
        {"valid_to": "open", "change": "continues", "quantity": 2000, "quantity_bound": "about"},
    ),
    ("imprisoned-opposition-members", "detainedIn", "belarus", {"valid_to": "open"}),
    ("imprisoned-opposition-members", "partOf", "imprisoned-people", {}),
    # The envoy's meeting in June, the call of August 15, the contradiction kept
    ("envoy-lukashenko-meeting", "hasParticipant", "keith-kellogg", JUNE),
    ("envoy-lukashenko-meeting", "hasParticipant", "alexander-lukashenko", JUNE),
    ("keith-kellogg", "represents", "united-states", {"role_title": "special envoy"}),
    ("trump-lukashenko-call", "hasParticipant", "donald-trump", {**AUGUST_15, "quantity": 31}),
    ("trump-lukashenko-call", "hasParticipant", "alexander-lukashenko", {**AUGUST_15, "quantity": 31}),
    ("trump-belarus-maneuver", "after", "us-lukashenko-contacts", {"status": "done"}),
    ("us-lukashenko-contacts", "hasPart", "envoy-lukashenko-meeting", {"status": "done"}),
    ("us-lukashenko-contacts", "hasPart", "trump-lukashenko-call", {"status": "done"}),
    # The public thanks, in spite of the reluctance to recognise the election
    (
        "trump-thanks-lukashenko",
        "hasInitiator",
        "donald-trump",
        {"status": "done", "despite": "western-reluctance-on-2020-results"},
    ),
    ("trump-thanks-lukashenko", "hasTarget", "alexander-lukashenko", {"status": "done"}),
    ("western-countries", "supports", "recognition-of-2020-results", {"negated": True}),
    ("recognition-of-2020-results", "hasObject", "belarus-election-2020", {"status": "hypothetical"}),
    (
        "belarus-election-2020",
        "takesPlaceIn",
        "belarus",
        {"status": "done", "valid_from": "2020", "valid_to": "2020"},
    ),
    # Concern and support for continued sanctions, by the EU and its neighbours
    ("european-union", "concernedAbout", "trump-thanks-lukashenko", {}),
    ("european-union", "concernedAbout", "trump-belarus-maneuver", {}),
    ("neighboring-countries", "concernedAbout", "trump-thanks-lukashenko", {}),
    ("neighboring-countries", "concernedAbout", "trump-belarus-maneuver", {}),
    ("european-union", "supports", "continuing-sanctions-pressure", {}),
    ("neighboring-countries", "supports", "continuing-sanctions-pressure", {}),
    # The agreement to discuss a larger deal
    ("belarus-larger-agreement-talks", "hasParticipant", "belarus", {"status": "pledged"}),
    ("belarus-larger-agreement-talks", "hasObject", "belarus-larger-agreement", {"status": "pledged"}),
    # The shift of US focus, which only "appears"
    ("united-states", "prioritizes", "ideological-issues", {"modality": "possible", "change": "decreases"}),
    ("united-states", "prioritizes", "pragmatic-decisions", {"modality": "possible", "change": "increases"}),
    ("united-states", "prioritizes", "competition-with-major-powers", {"modality": "possible"}),
    # The critics' points
    (
        "trump-belarus-deal",
        "addresses",
        "democratization-of-belarus",
        {"negated": True, "asserted_by": "critics", "status": "proposed"},
    ),
    (
        "trump-belarus-deal",
        "leadsTo",
        "dependence-of-belarus-on-russia-and-china",
        {"modality": "possible", "asserted_by": "critics", "status": "proposed", "change": "increases"},
    ),
    ("belarus", "dependsOn", "russia", {"asserted_by": "critics"}),
    ("belarus", "dependsOn", "china", {"asserted_by": "critics"}),
    # What sanctions led to
    ("western-sanctions-on-belarus", "leadsTo", "key-sectors-of-belarus-limited", {}),
    ("western-sanctions-on-belarus", "leadsTo", "inflation-in-belarus", {}),
    ("western-sanctions-on-belarus", "leadsTo", "reliance-of-belarus-on-markets", {"change": "increases"}),
    ("belarus", "dependsOn", "russia", {"change": "increases", "because": "western-sanctions-on-belarus"}),
    ("belarus", "dependsOn", "china", {"change": "increases", "because": "western-sanctions-on-belarus"}),
    ("economic-difficulty-of-belarus", "hasParticipant", "belarus", {"valid_to": "open", "change": "continues"}),
    # Up to 60 % of trade
    (
        "russia",
        "controls",
        "trade-of-belarus",
        {"valid_to": "open", "quantity": 60, "quantity_unit": "percent", "quantity_bound": "at_most"},
    ),
    # Relief to ensure the regime's survival
    (
        "lukashenko-government",
        "seeks",
        "sanctions-relief-for-belarus",
        {"so_that": "lukashenko-regime-survival", "despite": "lukashenko-harsh-rhetoric"},
    ),
    # The EU's strict stance and its reason
    (
        "european-union",
        "opposes",
        "relaxing-eu-sanctions",
        {"valid_to": "open", "change": "continues", "because": "repression-in-belarus"},
    ),
    (
        "relaxing-eu-sanctions",
        "hasInitiator",
        "european-union",
        {"status": "refused", "because": "repression-in-belarus"},
    ),
    (
        "repression-in-belarus",
        "takesPlaceIn",
        "belarus",
        {"asserted_by": "european-union", "valid_to": "open", "change": "continues"},
    ),
    # The warnings of Poland and Lithuania
    ("poland", "warnsOf", "military-threats-from-belarus", {}),
    ("lithuania", "warnsOf", "military-threats-from-belarus", {}),
    ("military-threats-from-belarus", "hasOrigin", "belarus", {"modality": "alleged", "asserted_by": "poland"}),
    ("military-threats-from-belarus", "hasOrigin", "belarus", {"modality": "alleged", "asserted_by": "lithuania"}),
    # West 25 and the offensive that is feared
    (
        "zapad-2025",
        "leadsTo",
        "offensive-against-ukraine-from-belarus",
        {"modality": "feared", "status": "announced"},
    ),
    ("offensive-against-ukraine-from-belarus", "hasTarget", "ukraine", FEARED),
    ("offensive-against-ukraine-from-belarus", "hasOrigin", "belarus", FEARED),
    # The experts' verdict
    ("trump-pragmatic-strategy", "adoptedBy", "trump-administration", {}),
    (
        "trump-pragmatic-strategy",
        "addresses",
        "security-issues-in-region",
        {"modality": "possible", "negated": True, "asserted_by": "experts"},
    ),
    (
        "trump-pragmatic-strategy",
        "addresses",
        "democratic-issues-in-region",
        {"modality": "possible", "negated": True, "asserted_by": "experts"},
    ),
]
CLAIM = {
    "status": None,
    "status_since": None,
    "modality": "asserted",
    "negated": False,
    "asserted_by": None,
    "valid_from": None,
    "valid_to": None,
}


@pytest.mark.parametrize(("subject", "predicate", "object_", "carries"), FACTS)
def test_the_annotation_says(subject: str, predicate: str, object_: str, carries: dict[str, Any]) -> None:
    expected = CLAIM | carries
    said = [s for s in CLAIMS if (local(s.subject), s.predicate, local(s.object)) == (subject, predicate, object_)]
    found = [{"modality": s.modality, "negated": s.negated, **s.qualifiers} for s in said]
    assert [f for f in found if all(local(f.get(key)) == wanted for key, wanted in expected.items())], found


def test_every_statement_of_the_contested_relations_is_one_of_these_facts() -> None:
    """Who pledges, threatens, holds, controls or leads to what: a new one must be put into the table first."""
    contested = {"inExchangeFor", "opposes", "supports", "seeks", "warnsOf", "controls", "dependsOn", "detainedIn"}
    known = {(subject, predicate, object_) for subject, predicate, object_, _ in FACTS}
    said = {(local(s.subject), s.predicate, local(s.object)) for s in CLAIMS if s.predicate in contested}
    assert said - known == {("prisoners-52", "detainedIn", "belarus")}  # presupposed, and implied


# Names


@pytest.mark.parametrize("lang", ["be", "be-tarask", "be-Latn", "ru"])
@pytest.mark.parametrize("entity", ["alexander-lukashenko", "donald-trump", "belarus", "united-states", "belavia"])
def test_the_main_entities_have_belarusian_russian_and_latin_forms(entity: str, lang: str) -> None:
    assert [s for s in NAMES.statements if s.object == entity and s.qualifiers.get("lang") == lang]


def test_names_are_of_entities_of_the_article_and_of_the_same_class() -> None:
    named = {id_: type_ for id_, type_ in NAMES.types().items() if id_ != "names"}
    assert named.items() <= TYPES.items()


SCRIPTS = {"be": "Cyrillic", "be-tarask": "Cyrillic", "ru": "Cyrillic", "uk": "Cyrillic"}


def test_names_are_in_the_script_of_their_language() -> None:
    for statement in NAMES.statements:
        if lang := statement.qualifiers.get("lang"):
            name = str(statement.qualifiers["value"])
            letters = {("Cyrillic" if "Ѐ" <= c <= "ӿ" else "Latin") for c in name if c.isalpha()}
            assert letters == {SCRIPTS.get(str(lang), "Latin")}, (name, lang)
