"""Lists as CSV (RFC 4180) and NDJSON, streamed.

NDJSON has an item a line, as it stands in a JSON page. CSV is what people open in a spreadsheet: a node is three
columns (`subject`, `subject_name`, `subject_type`), several values share a cell, absent is empty; and a text that a
spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV Injection), because names and quotes
come from sources that anybody may have written. Who needs every text verbatim takes JSON or NDJSON.
"""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from api.negotiation import CSV

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_CHUNK = 200  # items that are encoded at once, a few milliseconds


async def streamed(
    media: str,
    item: type[BaseModel],
    request: Request,
    batches: AsyncIterator[Sequence[Any]],
    headers: Mapping[str, str],
) -> StreamingResponse:
    """Batches of items as one answer. An error in the first is raised; a later one cuts the answer off."""
    first = await anext(batches)

    async def body() -> AsyncIterator[str]:
        for text in _chunks(media, item, first, header=True):
            yield text
        if getattr(request.state, "head", False):
            return
        async for batch in batches:
            for text in _chunks(media, item, batch):
                yield text
                await asyncio.sleep(0)  # sending does not wait while the client keeps up; others are served here

    name = f"{request.url.path.rpartition('/')[2]}.{'csv' if media == CSV else 'ndjson'}"
    more = {"Content-Disposition": f'inline; filename="{name}"', **headers}
    return StreamingResponse(body(), media_type=media, headers=more)


def _chunks(media: str, item: type[BaseModel], batch: Sequence[Any], *, header: bool = False) -> Iterator[str]:
    yield encoded(media, item, batch[:_CHUNK], header=header)
    for start in range(_CHUNK, len(batch), _CHUNK):
        yield encoded(media, item, batch[start : start + _CHUNK])


def encoded(media: str, item: type[BaseModel], batch: Sequence[Any], *, header: bool = False) -> str:
    """Items as text; CSV on request with the line of its columns."""
    models = map(item.model_validate, batch)
    if media != CSV:
        return "".join(f"{model.model_dump_json()}\n" for model in models)
    columns = list(_columns(item))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    if header:
        lines.writerow(name for name, _ in columns)
    lines.writerows(_cells(model, columns) for model in models)
    return text.getvalue()


def _columns(item: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of the columns, each with the path to its value."""
    for name, field in item.model_fields.items():
        column = field.alias or name
        node = _node(field.annotation)
        if node:
            for inner in node.model_fields:
                yield column if inner == "id" else f"{column}_{inner}", (name, inner)
        else:
            yield column, (name,)


def _node(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, or may hold, if it has an id."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return next((model for model in models if "id" in model.model_fields), None)


def _cells(model: BaseModel, columns: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    for _, path in columns:
        value: Any = model
        for name in path:
            value = getattr(value, name, None)
        yield _cell(value)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case [*texts] if all(isinstance(text, str) for text in texts):
            return _cell("; ".join(texts))
        case dict():
            return _cell("; ".join(f"{name}={text}" for name, texts in value.items() for text in texts))
        case _:
            return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [_plain(each) for each in value]
