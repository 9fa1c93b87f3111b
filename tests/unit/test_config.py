"""Settings: what is no setting is refused in one message that names it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

import belgraph
from graph.config import Settings
from graph.errors import SettingsError


@pytest.mark.parametrize("seconds", ["inf", "-inf", "nan", "Infinity", "0", "-1", "soon", ""])
def test_a_query_has_a_time_that_ends(seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELGRAPH_QUERY_TIMEOUT", seconds)
    with pytest.raises(ValidationError, match="query_timeout"):
        Settings(_env_file=None)
    with pytest.raises(SettingsError, match=r"^BELGRAPH_QUERY_TIMEOUT: "):
        belgraph._settings()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("BOLT_PORT", "0"),
        ("BOLT_PORT", "65536"),
        ("API_PORT", "x"),
        ("NEO4J_URI", "http://localhost"),
        ("NEO4J_URI", ""),
        ("MAX_ROWS", "0"),
        ("BASE_IRI", "foo"),
        ("BASE_IRI", "https://data.example"),
        ("BASE_IRI", "https://data.example/id"),
        ("BASE_IRI", "https://data.example/id#"),
        ("BASE_IRI", "https://data.example/a>b/"),
        ("BASE_IRI", "https://data.example/a b/"),
        ("BASE_IRI", "https://data.example/й/"),
        ("BASE_IRI", "https://data.example/?id=/"),
        ("BASE_IRI", "ftp://data.example/"),
        ("BASE_IRI", "https://w3id.org/belgraph/ontology/"),
    ],
)
def test_a_wrong_setting_is_named(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BELGRAPH_{name}", wrong)
    with pytest.raises(SettingsError, match=f"^BELGRAPH_{name}: "):
        belgraph._settings()


@pytest.mark.parametrize("base", ["http://[::1]:8000/id/", "https://data.example/", "https://data.example/%D1%8F/id/"])
def test_a_base_of_ones_own(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELGRAPH_BASE_IRI", base)
    assert belgraph._settings().base_iri == base


def test_a_time_may_be_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELGRAPH_QUERY_TIMEOUT", "0.5")
    assert Settings(_env_file=None).query_timeout == 0.5


def test_a_file_of_settings_that_is_not_utf_8_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("BELGRAPH_NEO4J_DATABASE=граф\n".encode("cp1251"))
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        belgraph._settings()
