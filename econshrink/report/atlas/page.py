"""One self-contained page: policy, style, data and script in a file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from pathlib import Path

from econshrink.core.files import write_file
from econshrink.report.atlas.content import AtlasContent
from econshrink.report.atlas.packing import script_json
from econshrink.report.atlas.payload import payload

SCRIPTS = ("base.js", "charts.js", "map.js", "table.js", "city.js", "pages.js", "main.js")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript>{noscript}</noscript>
<div id="atlas"></div>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def atlas_html(content: AtlasContent) -> str:
    """The page as text.

    Parameters
    ----------
    content : AtlasContent

    Returns
    -------
    str
        HTML whose policy lets nothing run or load but its own script and style.
    """
    folder = files("econshrink.report.atlas")
    style = (folder / "atlas.css").read_text(encoding="utf-8")
    parts = [(folder / name).read_text(encoding="utf-8") for name in SCRIPTS]
    script = "(() => {\n'use strict';\n" + "".join(parts) + "})();\n"
    policy = (
        f"default-src 'none'; script-src '{_mark(script)}'; style-src '{_mark(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy,
        title=escape(f"{content.title.zh} · {content.title.en}"),
        style=style,
        noscript="This atlas needs JavaScript. 本图集需要启用 JavaScript。",
        data=script_json(payload(content)),
        script=script,
    )


def write_atlas(content: AtlasContent, path: Path) -> Path:
    """Write an atlas as one file.

    Parameters
    ----------
    content : AtlasContent
    path : Path
        Target, such as ``atlas.html``.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    DataError
        Nothing to show.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from econshrink.report import Text
    >>> units = pd.DataFrame({"name_en": ["Hegang"], "name_zh": ["鹤岗市"]}, index=["230400"])
    >>> content = AtlasContent(Text("One", "一"), Text("", ""), "", units)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     "鹤岗市" in write_atlas(content, Path(folder) / "a.html").read_text(encoding="utf-8")
    True
    """
    return write_file(path, atlas_html(content))


def _mark(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
