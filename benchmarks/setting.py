"""What a benchmark was measured on: the same record for every one that keeps its figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any


def machine(packages: Sequence[str]) -> dict[str, Any]:
    """Cores, system, Python and the versions of `packages`."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "times": "CPU seconds of one process, not wall time",
        "versions": {name: version(name) for name in packages},
    }
