"""The page of the API's operations: it opens without the internet, and its operations can be tried out there."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import Instance, screenshot


def test_the_operations_are_shown_and_nothing_is_asked_of_other_hosts(page: Page, instance: Instance) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
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

    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts <= {"127.0.0.1", "localhost"}
