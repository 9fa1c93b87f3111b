"""The documentation names all that there is to name, and its links lead somewhere."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from typer.main import get_group

import belgraph
from graph.config import Settings
from loaders.registry import read

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

COMMANDS = get_group(belgraph.app).commands
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for option in parameter.opts
    if option.startswith("--")
]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def section(title: str) -> str:
    """The README from a heading to the next."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def row(name: str, field: FieldInfo) -> str:
    """The line of the README's table for a setting."""
    match field.default:
        case None | ():
            default = "none"
        case float(number):
            default = f"`{number:g}`"
        case other:
            default = f"`{other}`"
    return f"| `BELGRAPH_{name.upper()}` | {default} | {field.description} |"


def links(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, in this repository."""
    return [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]


def test_every_command_is_told() -> None:
    told = re.findall(r"^\| `belgraph (\w+)` \|", section("Commands"), re.M)
    assert told == list(COMMANDS)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_is_told(command: str, option: str) -> None:
    (line,) = re.findall(rf"^\| `belgraph {command}` \|.*$", section("Commands"), re.M)
    assert re.search(rf"`{option}[ `]", line)


def test_every_setting_is_told_as_it_is() -> None:
    told = [line for line in section("Settings").splitlines() if line.startswith("| `")]
    assert told == [row(name, field) for name, field in Settings.model_fields.items()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}, link


def test_links_are_found() -> None:
    assert {"docs/design.md", "docs/neo4j-browser.png", "loaders/annotation.schema.json"} <= {
        *links(ROOT / "README.md")
    }


def test_the_annotation_of_the_readme_loads(tmp_path: Path) -> None:
    told = section("Load a document of your own")
    ((name, text),) = re.findall(r"With `(\S+)` holding \*(.*?)\*", told)
    (annotation,) = re.findall(r"```yaml\n(.*?)```", told, re.DOTALL)
    (tmp_path / name).write_text(text + "\n", "utf-8")
    (tmp_path / "annotation.yaml").write_text(annotation, "utf-8")
    loaded = read(tmp_path / "annotation.yaml")
    assert f"{loaded.source.id}: {len(loaded.statements)} statements would be added" in told


def test_the_version_has_its_changes() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[({re.escape(belgraph.VERSION)}|Unreleased)\]", changes, re.M)
