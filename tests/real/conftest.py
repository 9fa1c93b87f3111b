"""Tests on public files that are not part of the project: BELGRAPH_REAL_DATA names their folder."""

import os
from pathlib import Path

import pytest

if "BELGRAPH_REAL_DATA" not in os.environ:
    pytest.exit("BELGRAPH_REAL_DATA must name the folder of the real data", returncode=1)

DATA = Path(os.environ["BELGRAPH_REAL_DATA"]).resolve()
