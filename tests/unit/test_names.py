"""A file of names becomes statements of a data set, or one error that lists every fault."""

import hashlib
from pathlib import Path

import pytest

from graph.errors import InputError, Refused
from graph.records import Load, Record
from loaders.names import load

NAMES = """\
dataset:
  id: some-names
  title: Some names
  version: "2026-11-25"
  licence: CC0-1.0
names:
  minsk:
    type: Place
    be: [Мінск, Менск]
    be-tarask: [Менск]
    be-Latn: [Minsk]
  belarus:
    type: Country
    ru: [Беларусь]
"""


def loaded(folder: Path, text: str = NAMES) -> Load:
    path = folder / "some-names.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_names_are_statements_with_their_language_and_record(tmp_path: Path) -> None:
    found = [
        (s.object, s.qualifiers["property"], s.qualifiers["value"], s.qualifiers.get("lang"), s.evidence, s.line)
        for s in loaded(tmp_path).statements
    ]
    assert found == [
        ("minsk", "type", "Place", None, Record("minsk/type"), 7),
        ("minsk", "name", "Мінск", "be", Record("minsk/be"), 9),
        ("minsk", "name", "Менск", "be", Record("minsk/be"), 9),
        ("minsk", "name", "Менск", "be-tarask", Record("minsk/be-tarask"), 10),
        ("minsk", "name", "Minsk", "be-Latn", Record("minsk/be-Latn"), 11),
        ("belarus", "type", "Country", None, Record("belarus/type"), 12),
        ("belarus", "name", "Беларусь", "ru", Record("belarus/ru"), 14),
    ]


def test_the_source_is_the_data_set_with_the_digest_of_the_file(tmp_path: Path) -> None:
    source = loaded(tmp_path).source
    assert (source.id, source.type) == ("some-names", "Dataset")
    assert source.properties == {
        "title": "Some names",
        "version": "2026-11-25",
        "licence": "CC0-1.0",
        "sha256": hashlib.sha256((tmp_path / "some-names.yaml").read_bytes()).hexdigest(),
    }


def test_every_statement_has_an_id_of_its_own_that_outlives_a_new_version(tmp_path: Path) -> None:
    ids = [s.id for s in loaded(tmp_path).statements]
    assert len(set(ids)) == len(ids)
    assert [s.id for s in loaded(tmp_path, NAMES.replace("2026-11-25", "2027-01-01")).statements] == ids


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        (
            "be-tarask: [Менск]",
            "belarusian: [Менск]",
            10,
            "names.minsk: belarusian: not known here; known are type, ^[a-z]",
        ),
        ("be-tarask: [Менск]", "be_tarask: [Менск]", 10, "names.minsk: be_tarask: not known here; known are type"),
        ("be-tarask: [Менск]", "be-taraskievica: [Менск]", 10, "names.minsk: be-taraskievica: not known here"),
        ("be-tarask: [Менск]", "be-tarask-tarask: [Менск]", 10, "some-names states minsk: lang: a valid BCP 47"),
        ("be-tarask: [Менск]", "be-tarask: []", 10, "names.minsk: be-tarask: [] should be non-empty"),
        ("be-tarask: [Менск]", "be-tarask: Менск", 10, "names.minsk: be-tarask: must be of type array"),
        ("be-tarask: [Менск]", "be-tarask: [1067]", 10, "names.minsk: 0: write it as a text, in quotes"),
        ("be-tarask: [Менск]", "be-tarask: ['']", 10, "names.minsk: 0: '' should be non-empty"),
        (
            "[Мінск, Менск]",
            "[Мінск, Мінск]",
            9,
            "some-names states minsk: id: said before with the same evidence (line 9)",
        ),
        ("    type: Country\n", "", 12, "names.belarus: belarus: 'type' is a required property"),
        ("type: Country", "type: State", 13, "names.belarus: type: 'State' is not one of"),
        ("  belarus:", "  Belarus:", 12, "names.Belarus: Belarus: 'Belarus' does not match"),
        ("  belarus:", "  minsk:", 12, "names: key: stands twice here"),
        ("  licence: CC0-1.0\n", "", 1, "dataset: dataset: 'licence' is a required property"),
        ('"2026-11-25"', "20261125", 4, "dataset.version: version: write it as a text, in quotes"),
        ("  id: some-names", "  id: Some", 2, "dataset.id: id: 'Some' does not match"),
        ("names:\n  minsk", "nouns:\n  minsk", 6, "nouns: nouns: not known here; known are dataset, names"),
    ],
)
def test_a_fault_names_its_line_record_field_and_rule(
    tmp_path: Path, old: str, new: str, line: int, fault: str
) -> None:
    assert NAMES.count(old) == 1
    with pytest.raises(Refused) as raised:
        loaded(tmp_path, NAMES.replace(old, new))
    found = [(f.line, f"{f.record}: {f.field}: {f.rule}") for f in raised.value.faults]
    assert [found_line for found_line, text in found if text.startswith(fault)] == [line], found


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"some-names\.yaml: no such file"):
        load(tmp_path / "some-names.yaml")
