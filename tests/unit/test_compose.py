"""docker-compose.yml and the Dockerfile, as far as they can be checked without an engine.

Specification: Neo4j operations manual, "Docker: configuration", on how a setting becomes an environment variable.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.config import Settings
from graph.local.neo4j_conf import neo4j_conf

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))

SETTING_VARIABLES = {f"BELGRAPH_{field.upper()}" for field in Settings.model_fields}

OF_THE_HOST = {
    # A container listens on all of its own addresses; what is published decides who reaches it.
    "server.bolt.listen_address",
    "server.bolt.advertised_address",
    "server.http.listen_address",
    "server.http.advertised_address",
    # The image's default is the same as ours.
    "initial.dbms.default_database",
}
NOTHING = "none"
"""For an empty list: the image's entry point leaves out a variable that is empty, and no procedure has this name."""


def neo4j_variable(setting: str) -> str:
    """The environment variable for a setting of Neo4j."""
    return "NEO4J_" + setting.replace("_", "__").replace(".", "_")


def environment(service: str) -> dict[str, str]:
    variables = SERVICES[service]["environment"]
    assert all(isinstance(value, str) for value in variables.values()), "YAML must not guess a type"
    return dict(variables)


def test_the_naming_rule_is_neo4js() -> None:
    # The manual's own example.
    assert neo4j_variable("db.tx_log.rotation.retention_policy") == "NEO4J_db_tx__log_rotation_retention__policy"


def test_neo4j_is_configured_like_the_local_one() -> None:
    conf = dict(line.split("=", 1) for line in neo4j_conf(Settings()).splitlines())
    assert conf.keys() >= OF_THE_HOST
    expected = {neo4j_variable(name): value or NOTHING for name, value in conf.items() if name not in OF_THE_HOST}
    actual = environment("neo4j")
    del actual["NEO4J_AUTH"], actual[neo4j_variable("server.bolt.advertised_address")]
    assert actual == expected


def test_every_variable_is_a_setting() -> None:
    substituted = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    in_image = set(re.findall(r"\b(BELGRAPH_\w+)=", DOCKERFILE))
    assert substituted | in_image | environment("api").keys() <= SETTING_VARIABLES


def test_the_api_uses_the_neo4j_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTING_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in [*re.findall(r"\b(BELGRAPH_\w+)=(\S+)", DOCKERFILE), *environment("api").items()]:
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert settings.neo4j_uri == "bolt://neo4j:7687"
    assert settings.neo4j_password is not None
    assert (settings.api_host, settings.api_port) == ("0.0.0.0", 8000)  # noqa: S104 - inside the container
    assert SERVICES["api"]["volumes"] == [f"belgraph:{settings.home}"]


def test_a_password_is_required() -> None:
    required = "${BELGRAPH_NEO4J_PASSWORD:?"
    assert environment("neo4j")["NEO4J_AUTH"].startswith("neo4j/" + required)
    assert environment("api")["BELGRAPH_NEO4J_PASSWORD"].startswith(required)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_closed_in(service: str) -> None:
    definition = SERVICES[service]
    assert all(port.startswith("127.0.0.1:") for port in definition["ports"])
    assert definition["cap_drop"] == ["ALL"]
    assert definition["security_opt"] == ["no-new-privileges:true"]
    assert {volume.split(":")[0] for volume in definition["volumes"]} <= COMPOSE["volumes"].keys()
    assert not {"privileged", "network_mode", "pid", "cap_add"} & definition.keys()


def test_the_api_waits_until_neo4j_is_healthy() -> None:
    assert SERVICES["neo4j"]["healthcheck"]["test"]
    assert SERVICES["api"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert SERVICES["api"]["read_only"] is True


def test_the_image_runs_unprivileged_and_tells_its_health() -> None:
    image = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", image, re.M)
    (check,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", image, re.M)
    python, option, code = json.loads(check)
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert "/health/live" in code
    assert "127.0.0.1" in code  # any other Host would be refused


def test_the_image_installs_pinned_packages_only() -> None:
    installs = re.findall(r"^RUN .*pip install (.*)$", DOCKERFILE, re.M)
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in installs)
