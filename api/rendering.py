"""Makes pages of templates: everything in them is escaped, and they ask nothing of any host, this one included.

A page runs no script. Its style is in it, named by its hash in the Content-Security-Policy (CSP Level 3).
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

HTML = "text/html"

_CSS = files("api").joinpath("pages/belgraph.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("api", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, root: str, links: str, **values: Any) -> Response:
    """A page made of a template."""
    css = Markup(_CSS)  # noqa: S704 - our own file, and its hash is in the policy
    text = _templates().get_template(template).render(root=root, css=css, **values)
    return Response(text, media_type=HTML, headers={**HEADERS, "Link": links})
