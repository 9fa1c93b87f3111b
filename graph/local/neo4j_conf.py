"""How the local Neo4j is configured: its memory, what it listens on, and what it refuses.

neo4j.conf is written anew before each start, so it is no place for changes by hand. It names no folder: Neo4j's own
defaults lie below its home, which the command line gives.
"""

from collections.abc import Mapping

from graph.config import Settings
from graph.local.java import HEAP

PAGE_CACHE = "512m"

_LOOPBACK = "http://localhost:* http://127.0.0.1:*"
_BROWSER_POLICY = "; ".join(  # Neo4j's own, without the hosts that are not this machine
    (
        "default-src 'self'",
        "script-src 'self'",
        f"img-src 'self' data: {_LOOPBACK}",
        "style-src 'self' 'unsafe-inline'",
        f"connect-src 'self' {_LOOPBACK} ws://localhost:* ws://127.0.0.1:*",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)


def neo4j_conf(settings: Settings) -> str:
    """Return the text of neo4j.conf."""
    return "".join(f"{name}={value}\n" for name, value in _options(settings).items())


def _options(settings: Settings) -> Mapping[str, str | int]:
    bolt, browser = f"127.0.0.1:{settings.bolt_port}", f"127.0.0.1:{settings.browser_port}"
    return {
        # Loopback only, and of HTTP only Neo4j Browser: every query comes over Bolt.
        "server.bolt.listen_address": bolt,
        "server.bolt.advertised_address": bolt,
        "server.http.listen_address": browser,
        "server.http.advertised_address": browser,
        "server.https.enabled": "false",
        "server.http_enabled_modules": "BROWSER",
        # Who may do what. Community has no roles: whoever logs in may do everything that is not refused here.
        "dbms.security.auth_enabled": "true",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",  # LOAD CSV from anywhere
        "dbms.security.procedures.allowlist": "",  # no procedure but the built-in ones, which ignore this setting
        # What a query may use. A client may ask for less time or more.
        "server.memory.heap.initial_size": HEAP,
        "server.memory.heap.max_size": HEAP,
        "server.memory.pagecache.size": PAGE_CACHE,
        "db.transaction.timeout": "2m",
        "db.memory.transaction.max": "512m",
        # The disk: no 256 MB ahead for each log, and no more history than a recovery needs.
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.retention_policy": "256M size",
        # Nothing is told to anyone. Neo4j Browser asks for analytics, fonts and a feedback form from elsewhere even so.
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "dbms.security.http_static_content_security_policy_header": _BROWSER_POLICY,
        # Stopping: do not wait five seconds twice for connections that nobody opens any more.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": 0,
        "internal.server.bolt.connection_shutdown_wait_time": "1s",
        "initial.dbms.default_database": settings.neo4j_database,
    }
