"""Answers shown in the API's description, as the article and the names give them."""

from typing import Any

SENTENCE = (
    "On June 21, an unexpected diplomatic maneuver took place between Donald Trump's administration and Belarus."
    " Trump pledged to lift sanctions on the airline Belavia and restore the US embassy in Belarus"
)

STATEMENT: dict[str, Any] = {
    "id": "st-0514f4df42f3f3474e56",
    "subject": {
        "id": "restoring-us-embassy",
        "name": "Restoring of the US embassy in Belarus",
        "type": "DiplomaticAct",
    },
    "predicate": "hasObject",
    "object": {"id": "us-embassy-in-belarus", "name": "US embassy in Belarus", "type": "PublicBody"},
    "asserted_by": None,
    "aspect": None,
    "because": None,
    "change": None,
    "despite": None,
    "end": 550,
    "implied": None,
    "modality": "asserted",
    "negated": False,
    "quantity": None,
    "quantity_bound": None,
    "quantity_text": None,
    "quantity_unit": None,
    "quote": SENTENCE,
    "record": None,
    "recorded_at": "2026-11-25T02:59:31.068Z",
    "retracted_at": None,
    "role_title": None,
    "said_of": None,
    "situation": None,
    "so_that": None,
    "source": "trump-belarus-move",
    "start": 350,
    "status": "pledged",
    "status_since": "2025?-06-21",
    "valid_from": None,
    "valid_from_max": "9999-12-31",
    "valid_from_min": "0001-01-01",
    "valid_to": None,
    "valid_to_max": "9999-12-31",
    "valid_to_min": "0001-01-01",
    "when_text": "On June 21",
    "validity": None,
}

ENTITY: dict[str, Any] = {
    "id": "donald-trump",
    "name": "Donald Trump",
    "type": "Person",
    "types": ["Agent", "Person", "Thing"],
    "names": ["Donald J. Trump", "Donald Trump", "Donaĺd Tramp", "Дональд Трамп"],
    "identifiers": {"wikidataId": ["Q22686"]},
    "statuses": [],
    "dates": [],
}

ENTITY_DETAIL: dict[str, Any] = {
    **ENTITY,
    "forms": [
        {"value": "Дональд Трамп", "lang": "be", "source": "names"},
        {"value": "Donald Trump", "lang": "en", "source": "trump-belarus-move"},
    ],
    "sources": ["names", "trump-belarus-move"],
}

FACETS: dict[str, Any] = {
    "types": [{"value": "Thing", "count": 63}, {"value": "Agent", "count": 25}, {"value": "Person", "count": 4}],
    "sources": [{"value": "trump-belarus-move", "count": 63}, {"value": "names", "count": 15}],
}

SOURCE: dict[str, Any] = {
    "id": "names",
    "type": "Dataset",
    "title": "Names of the main entities in Belarusian, Russian and other languages",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "language": None,
    "url": None,
    "published": None,
    "version": "2026-11-25",
    "licence": "CC0-1.0",
    "statement_count": 0,
}

DOCUMENT: dict[str, Any] = {
    **SOURCE,
    "id": "note",
    "type": "Document",
    "title": "A listing",
    "language": "en",
    "published": "2021-12-03",
    "version": None,
    "licence": None,
    "text": "The EU listed Belavia.",
    "mentions": [
        {
            "id": "st-6c0a1fd5a0a5c4c1b7e2",
            "entity": {"id": "belavia", "name": "Belavia", "type": "Company"},
            "quote": "Belavia",
            "start": 14,
            "end": 21,
            "linked_by": "annotator",
            "confidence": 1.0,
        }
    ],
    "statements": [],
}

QUERIES: dict[str, Any] = {
    "items": [
        {
            "name": "deal-terms",
            "title": "Terms of a deal",
            "summary": "Which act is offered or done in return for which.",
            "parameters": [
                {
                    "name": "actor",
                    "type": "id",
                    "description": "Only what this agent gives.",
                    "choices": None,
                    "default": None,
                    "example": "donald-trump",
                }
            ],
            "columns": [{"name": "gives", "type": "id", "description": "The act that is offered."}],
            "cypher": "MATCH …",
            "sparql": "SELECT …",
        }
    ],
    "next": None,
}
