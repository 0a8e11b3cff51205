"""A real Chromium, and pages that may neither speak to a console nor ask the network.

There is no skip: without Chromium the walks fail and say how to get it.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ATLAS = Path(os.environ.get("ATLAS", ROOT / "build" / "atlas.html"))
WIDE, NARROW = (1280, 900), (375, 800)


@pytest.fixture(scope="session")
def browser():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "no Chromium: apt install chromium fonts-noto-cjk"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def atlas():
    assert ATLAS.is_file(), "no build/atlas.html: make atlas"
    return ATLAS


@pytest.fixture(scope="session")
def data(atlas):
    text = atlas.read_text(encoding="utf-8")
    start = text.index('id="data">') + len('id="data">')
    return json.loads(text[start : text.index("</script>", start)])


@pytest.fixture
def visit(browser, atlas):
    """Opens a state of an atlas; at the end nothing was said and nothing was asked for."""
    noise, contexts = [], []

    def opened(state="", size=WIDE, file=None, locale="en-US", scheme="light"):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=locale,
            color_scheme=scheme,
            accept_downloads=True,
        )
        context.set_default_timeout(120_000)  # a busy machine is slow, not wrong
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(("file:", "blob:")) else noise.append(asked.url)
            ),
        )
        page.goto(f"{(file or atlas).as_uri()}#{state}")
        page.locator("main").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert noise == []
