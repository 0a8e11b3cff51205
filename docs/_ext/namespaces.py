"""Reference pages, one a namespace, made from the public names; nothing is listed by hand."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

from sphinx.application import Sphinx

import econshrink
from econshrink.core.lazy import public_names

FOLDER = "reference"


def namespaces() -> list[str]:
    """Names of the public namespaces."""
    home = public_names(Path(str(econshrink.__file__)))
    return sorted(name for name, module in home.items() if module == "econshrink")


def page(name: str) -> str:
    """Source of the page of one namespace."""
    module = importlib.import_module(f"econshrink.{name}")
    verbs, options, other, guests = [], [], [], []
    homes = public_names(Path(str(module.__file__)))
    for word in dir(module):
        thing = getattr(module, word)
        target = options if inspect.isclass(thing) else verbs if callable(thing) else other
        if homes[word].split(".")[1] != name:
            target = guests
        target.append(word)
    title = f"econshrink.{name}"
    lines = [title, "=" * len(title), "", f".. module:: {title}", ""]
    lines += [inspect.getdoc(module) or "", ""]
    for heading, words, kind in (
        ("Verbs", verbs, "function"),
        ("Nouns and options", options, "class"),
        ("Constants", other, "data"),
    ):
        if not words:
            continue
        lines += [heading, "-" * len(heading), ""]
        if kind == "data":
            lines += [", ".join(f"``{word}``" for word in words), ""]
            continue
        lines += [".. autosummary::", "", *(f"   {word}" for word in words), ""]
        for word in words:
            lines += [f".. auto{kind}:: {word}", ""]
            if kind == "class":
                lines[-1:] = ["   :members:", ""]
    if guests:
        lines += ["Also at hand here", "-----------------", ""]
        lines += [f"- `{homes[word].split('.')[1]}.{word}`" for word in guests]
    return "\n".join(lines)


def escape_bars(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Let bars of absolute values stand: reStructuredText would read them as substitutions."""
    del app, what, name, thing, options
    for number, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            parts = re.split(r"(`+[^`]*`+)", line)
            lines[number] = "".join(
                part if part.startswith("`") else part.replace("|", r"\|") for part in parts
            )


def write(app: Sphinx) -> None:
    """Write the pages whose text changed."""
    folder = Path(app.srcdir) / FOLDER / "made"
    folder.mkdir(parents=True, exist_ok=True)
    for name in namespaces():
        target, text = folder / f"{name}.rst", page(name)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the pages before anything is read."""
    app.connect("builder-inited", write)
    app.connect("autodoc-process-docstring", escape_bars, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
