"""No serious or critical finding of axe in any view, language, theme and width."""

import pytest
from axe_playwright_python.sync_playwright import Axe

HEGANG, CHENGDU = "230400", "510100"
VIEWS = ("map", "table", "city", "compare", "scenarios", "talent", "claims", "method")


@pytest.mark.parametrize("size", [(1280, 900), (375, 800)], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding(visit, theme, language, size):
    found = []
    page = visit(f"v=map&theme={theme}&lang={language}", size=size)
    for view in VIEWS:
        address = f"v={view}&theme={theme}&lang={language}&c={HEGANG}&d={CHENGDU}"
        page.evaluate("hash => { location.hash = hash }", address)
        page.locator(f"#view-{view}[aria-current=page]").wait_for()
        answer = Axe().run(page).response
        found += [
            (view, finding["id"], finding["nodes"][0]["target"])
            for finding in answer["violations"]
            if finding["impact"] in {"serious", "critical"}
        ]
    assert found == []
