"""Settings: environment variables first, then a `.env` file, then the defaults below."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]+/)*")
"""A URI (RFC 3986) of a folder: an id can be appended, and it stands in HTTP headers as it is."""
_ONTOLOGY = "https://w3id.org/belgraph/ontology"


class Settings(BaseSettings):
    """Every setting of belgraph; the environment variable of a field is `BELGRAPH_` and its name in capitals.

    Raises:
        pydantic.ValidationError: a value does not parse.
    """

    model_config = SettingsConfigDict(env_prefix="BELGRAPH_", env_file=".env", frozen=True, extra="ignore")

    home: Path = Field(Path("~/.local/share/belgraph"), description="Folder of the data, the jars and the password.")

    neo4j_uri: str | None = Field(
        None,
        description="Bolt or neo4j address of a server to use. Unset: a local Neo4j is started in the data folder.",
        pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://",
    )
    neo4j_user: str = Field("neo4j", description="User name at that server.")
    neo4j_password: SecretStr | None = Field(
        None, description="Password at that server. Unset: the one that was made for the local Neo4j."
    )
    neo4j_database: str = Field("neo4j", description="Name of the database.")

    bolt_port: int = Field(7687, ge=1, le=65535, description="Port of the local Neo4j for drivers.")
    browser_port: int = Field(7474, ge=1, le=65535, description="Port of the local Neo4j Browser.")
    api_host: str = Field("127.0.0.1", description="Address that the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port of the API.")

    query_timeout: float = Field(10.0, gt=0, allow_inf_nan=False, description="Seconds that a query may take.")
    max_rows: int = Field(10_000, ge=1, description="Rows that a query may return.")

    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated Host names that the API answers to, besides loopback."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated origins whose pages may read the API."
    )
    base_iri: str = Field(
        "https://w3id.org/belgraph/id/",
        description="Address that ids of entities and statements append to; ends with `/`.",
    )

    @field_validator("allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("base_iri")
    @classmethod
    def _iri(cls, value: str) -> str:
        if not _BASE.fullmatch(value) or value.startswith(_ONTOLOGY):
            raise ValueError("must be an http or https address that ends with / and is not the ontology's")
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def is_local(self) -> bool:
        """Whether belgraph starts and stops the Neo4j itself."""
        return self.neo4j_uri is None

    @property
    def bolt_uri(self) -> str:
        """Address that the driver connects to."""
        return self.neo4j_uri or f"bolt://127.0.0.1:{self.bolt_port}"
