"""The pages of entities, statements and the ontology: readable on a telephone and in the dark, usable by keyboard."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, Instance

STATEMENT = "st-0514f4df42f3f3474e56"
PATHS = {"entity": "page/belarus", "statement": f"page/{STATEMENT}", "source": "page/names", "ontology": "ontology"}
WIDTHS = (360, 1280)
CONTRAST = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3)."""

_CONTRASTS = """() => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (!/, 0\\)$/.test(colour) && colour !== 'transparent') return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.body.querySelectorAll('*')].filter(e => e.textContent.trim()).map(e => {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    });
}"""


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def page(chromium: Browser, scheme: str) -> Iterator[Page]:
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light", java_script_enabled=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PATHS)
def test_a_page_is_readable_everywhere_and_asks_nobody(
    page: Page, instance: Instance, outside: Callable[[], set[str]], scheme: str, name: str
) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"http://127.0.0.1:{instance.settings.api_port}/{PATHS[name]}")
        expect(page.locator("h1")).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert min(page.evaluate(_CONTRASTS)) >= CONTRAST
    assert outside() == set()
    assert told == []  # nothing that the policy had to forbid


def test_a_page_is_used_by_keyboard(page: Page, instance: Instance) -> None:
    page.goto(f"http://127.0.0.1:{instance.settings.api_port}/page/belarus")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    assert (skip.bounding_box() or {"x": -1})["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator("main a:focus")
    expect(focused).to_have_count(1)
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_visible()
    assert "/ontology/" in page.url
