"""Items as CSV and NDJSON: columns, cells, and what a spreadsheet would take for a formula."""

import csv
import io

import pytest
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.documents import Document, Source
from api.entities import Entity, EntityDetail, EntityPage
from api.negotiation import CSV, NDJSON
from api.statements import Statement
from api.tables import encoded


class Node(BaseModel):
    id: str
    name: str | None = None


class Row(BaseModel):
    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    start: Node = Field(alias="from")
    holder: Node | None = None
    text: str | None = None
    number: float | None = None
    flag: bool | None = None
    several: list[str] = []
    codes: dict[str, list[str]] = {}
    nodes: list[Node] = []


def cells(**values: object) -> dict[str, str]:
    text = encoded(CSV, Row, [{"from": {"id": "a"}, **values}], header=True)
    assert text.endswith("\r\n")
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    return line


def test_a_node_is_a_column_for_each_of_its_fields() -> None:
    found = cells(holder={"id": "b", "name": "Б"})
    names = "from from_name holder holder_name text number flag several codes nodes"
    assert list(found) == names.split()
    assert (found["from"], found["from_name"], found["holder"], found["holder_name"]) == ("a", "", "b", "Б")


@pytest.mark.parametrize(
    ("values", "column", "cell"),
    [
        ({"holder": None}, "holder_name", ""),
        ({"text": None}, "text", ""),
        ({"text": 'a "b", c\r\nd'}, "text", 'a "b", c\r\nd'),
        ({"number": -5.5}, "number", "-5.5"),
        ({"number": 0}, "number", "0.0"),
        ({"flag": False}, "flag", "false"),
        ({"several": []}, "several", ""),
        ({"several": ["a", "b"]}, "several", "a; b"),
        ({"codes": {"unp": ["1", "2"], "iso": ["BY"]}}, "codes", "unp=1; unp=2; iso=BY"),
        ({"nodes": [{"id": "x"}]}, "nodes", '[{"id": "x", "name": null}]'),
    ],
)
def test_a_value_is_one_cell(values: dict[str, object], column: str, cell: str) -> None:
    assert cells(**values)[column] == cell


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n", "＝", "＋", "－", "＠"])
def test_a_text_is_no_formula(sign: str) -> None:
    assert cells(text=f"{sign}HYPERLINK(1)")["text"] == f"'{sign}HYPERLINK(1)"
    assert cells(several=[f"{sign}1", "b"])["several"] == f"'{sign}1; b"
    assert cells(text=f"a{sign}1")["text"] == f"a{sign}1"
    line = encoded(NDJSON, Row, [{"from": {"id": "a"}, "text": f"{sign}1"}])
    assert Row.model_validate_json(line).text == f"{sign}1"


def test_items_follow_each_other_without_a_second_header() -> None:
    rows = [{"from": {"id": name}} for name in "abc"]
    whole = encoded(CSV, Row, rows, header=True)
    assert whole == encoded(CSV, Row, rows[:1], header=True) + encoded(CSV, Row, rows[1:])
    assert encoded(NDJSON, Row, rows).count("\n") == 3


def test_the_examples_are_what_the_models_say() -> None:
    for model, example in (
        (Statement, examples.STATEMENT),
        (Entity, examples.ENTITY),
        (EntityDetail, examples.ENTITY_DETAIL),
        (Source, examples.SOURCE),
        (Document, examples.DOCUMENT),
    ):
        assert model.model_validate(example).model_dump(mode="json") == example
    EntityPage.model_validate({"items": [examples.ENTITY], "next": None, "facets": examples.FACETS})
