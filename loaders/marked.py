"""YAML files with the line of every value, and nothing of YAML that can surprise.

Scalars are those of the YAML 1.2 core schema (`no` is a text, not false; dates are texts), less its octal, hexadecimal
and infinite numbers and NaN, which are texts too. Anchors, aliases, tags and several documents in a file are refused
before anything is built, so that no file can grow in memory or make objects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from graph.errors import Fault, InputError, Refused

MAX_BYTES = 10_000_000  # an annotation of a book; a document's text has the same limit
MAX_DEPTH = 20

Path_ = tuple[str | int, ...]

_CORE = (  # YAML 1.2.2, section 10.3.2
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]{1,30}"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


@dataclass(frozen=True, slots=True)
class Marked:
    """The plain data of a file, and the line (from 1) of each value by its path of keys and indexes."""

    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """Line of the value, or of the nearest one that contains it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read_text(path: Path) -> str:
    """The text of a file, newlines untouched.

    Raises:
        InputError: it is missing, no file, empty, too large, or not UTF-8.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise InputError(f"{path}: {size:,} bytes; the limit is {MAX_BYTES:,}, split it")
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start:,} is not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if not text.strip():
        raise InputError(f"{path}: empty")
    return text


def read(path: Path) -> Marked:
    """Parse a YAML file.

    Raises:
        InputError: it cannot be read (see `read_text`).
        Refused: it is no YAML, or has a part of YAML that is refused here.
    """
    text = read_text(path)
    try:
        if faults := list(_surprises(text)):
            raise Refused(str(path), faults)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Refused(str(path), [Fault(line, "file", "YAML", error.problem or "", "cannot be parsed")]) from error
    except yaml.YAMLError as error:
        raise Refused(str(path), [Fault(0, "file", "YAML", str(error), "cannot be parsed")]) from error
    if root is None:
        raise InputError(f"{path}: nothing but comments")
    lines: dict[Path_, int] = {}
    faults = []
    data = _build(root, (), lines, faults)
    if faults:
        raise Refused(str(path), faults)
    return Marked(data, lines)


def _surprises(text: str) -> Iterator[Fault]:
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            yield Fault(line, "file", "alias", f"*{event.anchor}", "aliases are refused; write the value out")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield Fault(line, "file", "anchor", f"&{event.anchor}", "anchors are refused; write the value out")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            yield Fault(line, "file", "tag", event.tag, "tags are refused; quote the value if it starts with !")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH or documents > 1:
            rule = f"nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else "a second YAML document"
            yield Fault(line, "file", "structure", "", rule)
            return


def _build(node: yaml.Node, path: Path_, lines: dict[Path_, int], faults: list[Fault]) -> Any:
    lines[path] = _line(node)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), lines, faults) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else _scalar(node.value)
    if isinstance(node, yaml.MappingNode):
        built: dict[str, Any] = {}
        for key, item in node.value:
            name = key.value
            if not isinstance(key, yaml.ScalarNode):
                faults.append(Fault(_line(key), _dotted(path), "key", "", "a key must be a text"))
            elif name in built:
                faults.append(Fault(_line(key), _dotted(path), "key", name, "stands twice here"))
            else:
                built[name] = _build(item, (*path, name), lines, faults)
                lines[(*path, name)] = _line(key)  # what belongs to a key begins there, also where a block follows
        return built
    raise TypeError(f"an unknown kind of YAML node: {node!r}")


def _scalar(text: str) -> str | int | float | bool | None:
    for shape, convert in _CORE:
        if shape.fullmatch(text):
            return convert(text)
    return text


def _line(place: yaml.Event | yaml.Node) -> int:
    return place.start_mark.line + 1 if place.start_mark else 0


def _dotted(path: Path_) -> str:
    return ".".join(map(str, path)) or "file"
