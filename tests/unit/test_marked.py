"""YAML without surprises: plain data with its lines, or one clear error."""

import itertools
from pathlib import Path

import pytest

from graph.errors import InputError, Refused
from loaders.marked import MAX_BYTES, MAX_DEPTH, read, read_text


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        # YAML 1.1 would make booleans, dates, octal, sexagesimal and other numbers of these.
        *((text, text) for text in ("no", "yes", "on", "off", "n", "Y", "2025-06-21", "2025-06", "12:30:00", "1_000")),
        *((text, text) for text in ("0x1A", "0o17", ".inf", "-.Inf", ".nan", "<<", "=", "1e", ".")),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("52", 52),
        ("+52", 52),
        ("-1", -1),
        ("017", 17),
        ("600390798", 600390798),
        ("1e3", 1000.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("-1.5E-2", -0.015),
        ("9007199254740993", 9007199254740993),
        ("1" * 30, int("1" * 30)),
        # Quoted it is a text.
        ('"52"', "52"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  52\n", "52\n"),
        (">-\n  a\n  b\n", "a b"),
        (r'"\u0411\U0001F686"', "Б🚆"),
    ],
)
def test_scalars_are_those_of_the_yaml_1_2_core_schema(tmp_path: Path, scalar: str, expected: object) -> None:
    found = read(written(tmp_path, f"key: {scalar}")).data["key"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("key", ["no", "true", "1", "2025-06-21", "~", "<<"])
def test_a_key_is_always_a_text(tmp_path: Path, key: str) -> None:
    assert read(written(tmp_path, f"{key}: x")).data == {key: "x"}


def test_every_value_has_its_line(tmp_path: Path) -> None:
    marked = read(written(tmp_path, "# first\na:\n  - b: 1\n    c: 2\n\n  - [3,\n     4]\nd: {e: 5}\n"))
    assert marked.data == {"a": [{"b": 1, "c": 2}, [3, 4]], "d": {"e": 5}}
    lines = {("a", 0): 3, ("a", 0, "b"): 3, ("a", 0, "c"): 4, ("a", 1): 6, ("a", 1, 1): 7, ("d", "e"): 8}
    assert {path: marked.line(path) for path in lines} == lines


def test_a_value_that_is_not_there_has_the_line_of_what_should_contain_it(tmp_path: Path) -> None:
    marked = read(written(tmp_path, "a:\n  b:\n    c: 1\n"))
    assert marked.line(("a", "b", "x", "y")) == 2
    assert marked.line(("z",)) == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_newline_ends_a_line(tmp_path: Path, newline: str) -> None:
    marked = read(written(tmp_path, newline.join(["a: 1", "b:", "  - 2", ""])))
    assert marked.data == {"a": 1, "b": [2]}
    assert marked.line(("b", 0)) == 3


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read(written(tmp_path, "\ufeffa: 1\n")).data == {"a": 1}


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    ("text", "line", "field", "value"),
    [
        ("a: 1\nb: &x 2\n", 2, "anchor", "&x"),
        ("a: 1\nb: &x [2]\n", 2, "anchor", "&x"),
        ("&x a: 1\n", 1, "anchor", "&x"),
        ("a: 1\nb: *x\n", 2, "alias", "*x"),
        ("a: &a [*a]\n", 1, "alias", "*a"),
        (LAUGHS, 9, "alias", "*h"),
        ("a: !!str 1\n", 1, "tag", "tag:yaml.org,2002:str"),
        ("a: 1\nb: !x 2\n", 2, "tag", "!x"),
        ("a: ! 1\n", 1, "tag", "!"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "tag", "tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: !!binary aGk=\n", 1, "tag", "tag:yaml.org,2002:binary"),
        ("!!map {a: 1}\n", 1, "tag", "tag:yaml.org,2002:map"),
        ("a: 1\n---\nb: 2\n", 2, "structure", ""),
        ("a: 1\n---\n", 2, "structure", ""),
        ("[" * 100, 1, "structure", ""),
        ("a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 100)), MAX_DEPTH + 1, "structure", ""),
        ("a: 1\nb: 2\na: 3\n", 3, "key", "a"),
        ("a: {b: 1,\n b: 2}\n", 2, "key", "b"),
        ("a: 1\n'a': 3\n", 2, "key", "a"),
        ("? [a, b]\n: 1\n", 1, "key", ""),
        ("? {a: 1}\n: 1\n", 1, "key", ""),
        ("a: 1\nb: [\n", 3, "YAML", "did not find expected node content"),
        ("a: 1\nb: c: d\n", 2, "YAML", "mapping values are not allowed in this context"),
        ("a: 1\n\tb: 2\n", 2, "YAML", "found a tab character that violates indentation"),
        ("a: 'b\n", 2, "YAML", "found unexpected end of stream"),
        ("a: @b\n", 1, "YAML", "found character that cannot start any token"),
        ("a: 1\nb: \0\n", 0, "YAML", None),
        ("a: \x07\n", 0, "YAML", None),
        ('a: "\\ud800"\n', 1, "YAML", "found invalid Unicode character escape code"),
    ],
)
def test_what_surprises_is_refused(tmp_path: Path, text: str, line: int, field: str, value: str | None) -> None:
    with pytest.raises(Refused) as raised:
        read(written(tmp_path, text))
    found = {(fault.line, fault.field, fault.value if value is not None else None) for fault in raised.value.faults}
    assert (line, field, value) in found
    assert str(tmp_path / "file.yaml") in str(raised.value)


def test_every_duplicate_key_is_reported_with_the_place_that_has_it(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        read(written(tmp_path, "a: 1\na: 2\nb:\n  - c: 1\n    c: 2\n"))
    assert [(f.line, f.record, f.value) for f in raised.value.faults] == [(2, "file", "a"), (5, "b.0", "c")]


def test_nesting_up_to_the_limit_is_read(tmp_path: Path) -> None:
    assert read(written(tmp_path, "[" * MAX_DEPTH + "]" * MAX_DEPTH)).data is not None
    for deep in ("[" * 1_000_000, "{a: " * 1_000_000, "- " * 1_000_000):
        with pytest.raises(Refused):
            read(written(tmp_path, deep))
    with pytest.raises(Refused, match=f"nested more than {MAX_DEPTH} deep"):
        read(written(tmp_path, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"# only\n# comments\n", "nothing but comments"),
        ("назва: Мінск".encode("cp1251"), "byte 0 is not UTF-8; save the file as UTF-8"),
        (b"a: \xed\xa0\x80", "byte 3 is not UTF-8; save the file as UTF-8"),  # a surrogate
        (b"a: \xc0\xaf", "byte 3 is not UTF-8; save the file as UTF-8"),  # an overlong slash
        ("a: 1".encode("utf-16"), "byte 0 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_what_is_no_text_is_one_error_with_the_path(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError) as raised:
        read(path)
    assert str(raised.value) == f"{path}: {message}"


def test_what_is_no_file_is_one_error_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{tmp_path}/missing: no such file"):
        read(tmp_path / "missing")
    with pytest.raises(InputError, match=f"{tmp_path}: not a file"):
        read(tmp_path)
    with pytest.raises(InputError, match=f"{tmp_path}/file.yaml/x: no such file"):
        read(written(tmp_path, "a: 1") / "x")
    with pytest.raises(InputError, match="File name too long"):
        read(tmp_path / ("x" * 300))
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "a\0b")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_bytes(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    path = tmp_path / "file.yaml"
    with path.open("wb") as file:
        file.truncate(200_000_000)  # sparse
    with pytest.raises(InputError, match=r"200,000,000 bytes; the limit is 10,000,000, split it"):
        read(path)


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a" * MAX_BYTES)
    assert len(read_text(path)) == MAX_BYTES
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="split it"):
        read_text(path)


@pytest.mark.parametrize("text", ["a\r\nb\r\n", "a\rb", "\ufeffa\n", "a\0b", "a\u2028b", " a "])
def test_a_text_is_kept_as_it_is(tmp_path: Path, text: str) -> None:
    assert read_text(written(tmp_path, text)) == text
