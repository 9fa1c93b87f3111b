"""Ports of this machine: whether one is free, and whether a Neo4j answers on it."""

import errno
import json
import socket
import time
from http.client import HTTPConnection, HTTPException

from graph.errors import ServerError

_LET_GO = 3.0  # seconds


def require_port(port: int, setting: str, host: str = "127.0.0.1") -> None:
    """Check that a port can be listened on; a process that was just killed gets a moment to let go of it.

    Raises:
        ServerError: another program has it, or the system does not allow it.
    """
    deadline = time.monotonic() + _LET_GO
    while error := _bind(port, host):
        if time.monotonic() > deadline or error.errno != errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} of {host} is not free ({error.strerror}). End the program that uses it, or set {setting}"
                " to another port."
            ) from error
        time.sleep(0.1)


def _bind(port: int, host: str) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that just closed are no hindrance
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def discover(port: int) -> str | None:
    """Return the version of the Neo4j that answers on a browser port of this machine, or None."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        return str(json.loads(connection.getresponse().read())["neo4j_version"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
