"""Packages of the optional extra ``econshrink[paper]``: Typst and the Chinese fonts."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from econshrink.core.errors import Fault, MissingExtra


def find(package: str) -> ModuleType | None:
    """Import a package, or return None if it is not installed.

    Examples
    --------
    >>> find("no_such_package") is None
    True
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as problem:
        if problem.name != package:  # installed, but something it needs is missing
            raise
        return None


def chinese_fonts() -> tuple[Path, Path] | None:
    """Noto Serif SC and Noto Sans SC of the font wheel, or None if it is not installed."""
    wheel = find("pylopdf_fonts_zh_cn")
    return None if wheel is None else (Path(wheel.serif_path()), Path(wheel.sans_path()))


def typesetter() -> tuple[ModuleType, Path]:
    """Typst, and the folder of the fonts; raise `MissingExtra` if either is not installed."""
    compiler, fonts = find("typst"), chinese_fonts()
    missing = [
        name
        for name, found in (("typst", compiler), ("pylopdf-fonts-zh-cn", fonts))
        if found is None
    ]
    if compiler is None or fonts is None:
        raise MissingExtra(
            Fault(
                f"no {' and no '.join(missing)}",
                "the packages of the extra econshrink[paper]",
                "Install them: pip install 'econshrink[paper]'.",
            )
        )
    return compiler, fonts[0].parent
