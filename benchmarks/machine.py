"""Facts of the machine that a table was made on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def facts() -> str:
    """Processor, number of cores, memory, Python, Neo4j's driver, FastAPI."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"Python {platform.python_version()}, neo4j {version('neo4j')}, fastapi {version('fastapi')}"
    )
