"""The page of the API's operations: it opens without the internet, and its operations can be tried out there."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Instance, screenshot


def test_the_operations_are_shown_and_can_be_tried_out(
    page: Page, instance: Instance, outside: Callable[[], set[str]]
) -> None:
    page.goto(instance.docs_url)
    operations = page.locator(".opblock")
    expect(operations.filter(has_text="/v1/entities/{id}/statements")).to_be_visible()
    screenshot(page, "docs")

    operation = operations.filter(has=page.locator("[data-path='/v1/entities']"))
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("q").fill("Белавія")
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"id": "belavia"')
    screenshot(page, "docs-tried-out")

    assert outside() == set()
