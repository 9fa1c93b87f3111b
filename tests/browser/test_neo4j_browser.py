"""Neo4j Browser as a reader has it: logged in with the printed password, the graph drawn, a click tells the sentence.

docs/neo4j-browser.png is a copy of build/screenshots/neo4j-browser.png, which the last test here takes.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Instance, screenshot

Ask = Callable[[str], "Drawing"]

DRAW_SECONDS = 120
LONGEST = 150
"""Neo4j Browser cuts a longer value short, with a link "Show all"."""

POSITIONS = """() => [...document.querySelectorAll('g.node')].map(n => {
    const {x, y} = n.getBoundingClientRect()
    return [Math.round(x), Math.round(y)]
}).join()"""
"""Where the nodes are on the screen: they move apart by themselves, and zooming and dragging glide."""
POINT_OF_EDGE = """(edge) => {
    const area = edge.querySelector('path.overlay'), box = area.getBoundingClientRect()
    for (let i = 1; i < 40; i++) for (let j = 1; j < 40; j++) {
        const x = box.x + box.width * i / 40, y = box.y + box.height * j / 40
        if (document.elementFromPoint(x, y) === area) return [x, y]
    }
    return null
}"""
"""A point of the screen where the edge lies on top: its box is mostly empty, and other edges and nodes cross it."""


class Drawing:
    """A result that is drawn as a graph, over the whole window."""

    def __init__(self, page: Page, frame: Locator) -> None:
        self.page = page
        self.nodes = frame.locator("g.node")
        self.edges = frame.locator("g.relationship")
        self.inspector = frame.get_by_test_id("vizInspector")
        expect(self.nodes.first).to_be_visible(timeout=DRAW_SECONDS * 1000)
        frame.get_by_title("Fullscreen").click()
        self._settle()
        frame.get_by_label("zoom-to-fit").click()
        self._settle()

    def move_beside_the_inspector(self) -> None:
        """Drag the drawing to the left by half the inspector's width: fitting does not know that it lies on top."""
        box = self.inspector.bounding_box()
        assert box
        x, y = box["x"] - box["width"], box["y"] + box["height"] - 20
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x - box["width"] / 2, y, steps=5)
        self.page.mouse.up()
        self._settle()

    def captions(self) -> list[list[str]]:
        """The lines of each node's caption."""
        lines = "nodes => nodes.map(n => [...n.querySelectorAll('text.caption')].map(t => t.textContent))"
        found: list[list[str]] = self.nodes.evaluate_all(lines)
        return found

    def click_edge(self, type_: str) -> dict[str, str]:
        """Click a relationship of that type and return the properties that are then shown, by key."""
        edge = self.edges.filter(has=self.page.get_by_text(type_, exact=True)).first
        for _ in range(5):  # the drawing loses a click while it is busy
            point = edge.evaluate(POINT_OF_EDGE)
            assert point, f"every {type_} is covered"
            self.page.mouse.click(*point)
            with suppress(AssertionError):
                expect(self.inspector).to_contain_text("Relationship properties", timeout=3000)
                break
        expect(self.inspector.get_by_test_id(f"property-details-overview-relationship-type-{type_}")).to_be_visible()
        shown = self.inspector.get_by_test_id("viz-details-pane-properties-table").locator("tr")
        return {row.locator("td").nth(0).inner_text(): row.locator("td").nth(1).inner_text() for row in shown.all()}

    def _settle(self) -> None:
        before = None
        for _ in range(DRAW_SECONDS):
            now = self.page.evaluate(POSITIONS)
            if now == before:
                return
            before = now
            self.page.wait_for_timeout(1000)
        pytest.fail(f"the nodes still move after {DRAW_SECONDS} seconds")


@pytest.fixture
def ask(page: Page, instance: Instance) -> Ask:
    """Log in, filling in no more than user and password, and return what runs a query."""
    user, password = instance.login
    page.goto(instance.browser_url)
    page.get_by_test_id("username").fill(user)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("connect").click()
    expect(page.get_by_text("You are connected as user")).to_be_visible()

    def run(query: str) -> Drawing:
        page.locator("#monaco-main-editor").click()
        page.keyboard.insert_text(query)
        page.keyboard.press("Control+Enter")
        frame = page.get_by_test_id("frame").first
        expect(frame.get_by_test_id("frameCommand")).to_contain_text("RETURN", timeout=DRAW_SECONDS * 1000)
        return Drawing(page, frame)

    return run


def test_the_whole_graph_is_drawn_and_an_edge_tells_its_sentence(
    page: Page, instance: Instance, outside: Callable[[], set[str]], ask: Ask
) -> None:
    drawing = ask("MATCH (a)-[r]->(b) RETURN a,r,b")
    screenshot(page, "whole-graph")
    assert drawing.nodes.count() == instance.nodes
    captions = drawing.captions()
    names = {each["name"] for each in instance.get("/v1/entities?limit=1000")["items"]}
    names |= {each["title"] for each in instance.get("/v1/documents?limit=1000")["items"]}
    unreadable = [lines for lines in captions if not any(_abbreviates(lines, name) for name in names)]
    assert unreadable == []
    assert {"Belarus", "Belavia", "China", "Poland", "Russia", "Ukraine"} <= {
        " ".join(lines).strip() for lines in captions
    }

    shown = drawing.click_edge("IN_EXCHANGE_FOR")
    screenshot(page, "sentence-of-an-edge")
    _shows_its_sentence(shown, instance)
    assert "in exchange for" in shown["quote"]
    assert shown["status"] in ("proposed", "pledged")

    assert outside() == set()


def test_an_edge_says_how_much_and_how_firmly(page: Page, instance: Instance, ask: Ask) -> None:
    drawing = ask("MATCH (a)-[r]->(b) WHERE NOT a:Document AND NOT a:Dataset RETURN a,r,b")
    drawing.move_beside_the_inspector()
    shown = drawing.click_edge("CONTROLS")
    screenshot(page, "neo4j-browser")
    _shows_its_sentence(shown, instance)
    assert shown["quote"] == "Moscow now controls up to 60% of Belarusian trade"
    assert (shown["quantity_bound"], shown["valid_to"]) == ("at_most", "open")


def _shows_its_sentence(shown: dict[str, str], instance: Instance) -> None:
    statement: dict[str, Any] = instance.get(f"/v1/statements/{shown['id']}")
    quote, text = statement["quote"], instance.get(f"/v1/documents/{statement['source']}")["text"]
    assert text[statement["start"] : statement["end"]] == quote
    if len(quote) > LONGEST:
        assert shown["quote"] == f"{quote[:LONGEST]}… Show all"
    else:
        assert shown["quote"] == quote


def _abbreviates(lines: list[str], name: str) -> bool:
    """Whether the lines are words of the name, in its order, the last of each perhaps cut short or left out."""
    at = 0
    words = name.split()
    for piece in " ".join(lines).replace("…", "").split():
        found = next((n for n in range(at, len(words)) if words[n].startswith(piece)), None)
        if found is None:
            return False
        at = found + 1
    return bool(re.search(r"\w", "".join(lines)))
