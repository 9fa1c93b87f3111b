"""The password of the local Neo4j: random, made before its first start, kept in the data folder with mode 600."""

import os
import secrets
from pathlib import Path

from graph.config import Settings
from graph.errors import ServerError, SettingsError

_SHORTEST = 8  # dbms.security.auth_minimum_password_length


def password_file(settings: Settings) -> Path:
    """Return where the password is kept."""
    return settings.home / "password"


def password(settings: Settings) -> str:
    """Return the password to log in with: the setting, or else the one that is kept.

    Raises:
        ServerError: there is neither, or the file cannot be read.
        SettingsError: another server is used, and no password is set.
    """
    if settings.neo4j_password:
        return settings.neo4j_password.get_secret_value()
    if not settings.is_local:
        raise SettingsError("BELGRAPH_NEO4J_PASSWORD is not set, and BELGRAPH_NEO4J_URI names a server that wants one.")
    path = password_file(settings)
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except FileNotFoundError:
        raise ServerError(f"There is no password in {path}: it is made by the first `belgraph up`.") from None
    except OSError as error:
        raise ServerError(f"The password in {path} cannot be read ({error.strerror}).") from error


def keep_password(settings: Settings) -> str:
    """Return the password that a new database is to get, after it was written to the disk.

    Raises:
        SettingsError: the one that is set is too short for Neo4j.
        OSError: it cannot be written.
    """
    path = password_file(settings)
    if settings.neo4j_password or not path.exists():
        chosen = settings.neo4j_password.get_secret_value() if settings.neo4j_password else secrets.token_hex(16)
        if len(chosen) < _SHORTEST or "\n" in chosen:
            raise SettingsError(f"BELGRAPH_NEO4J_PASSWORD must be one line of at least {_SHORTEST} characters.")
        write_secret(path, chosen + "\n")
    return password(settings)


def write_secret(path: Path, text: str) -> None:
    """Write a file that no other user can read at any moment, and that is there whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
