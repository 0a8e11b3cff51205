"""What a reader does with the atlas: search, click, change, compare, download, print, type."""

import csv
import re

import pytest

HEGANG, CHENGDU = "230400", "510100"
VIEWS = ("map", "table", "city", "compare", "scenarios", "talent", "claims", "method")


def place(data, unit):
    return data["units"]["id"].index(unit)


@pytest.mark.parametrize("words", ["鹤岗", "Hegang", "hegang", "230400"])
def test_search_in_any_spelling_finds_the_unit_and_enter_opens_it(visit, words):
    page = visit("v=table")
    page.locator("#q").fill(words)
    assert page.locator("#units-table tbody tr").count() == 1
    page.locator("#q").press("Enter")
    assert page.locator("article h2").inner_text().startswith("Hegang")


def test_pinyin_of_a_name_that_is_not_pinyin(visit):
    page = visit("v=table")
    page.locator("#q").fill("wulumuqi")
    assert page.locator("#units-table tbody tr").get_attribute("data-unit") == "650100"


def test_a_click_on_the_map_shows_the_unit_and_its_page(visit, data):
    page = visit()
    page.locator(f'#map path[data-i="{place(data, HEGANG)}"]').click()
    assert "Hegang" in page.locator("#card").inner_text()
    page.get_by_role("link", name="City page").click()
    assert page.locator("article h2").inner_text().startswith("Hegang")
    assert f"c={HEGANG}" in page.url


def test_the_rule_picker_shows_the_counts_of_the_grid(visit, data):
    grid = data["grid"]
    page = visit("layer=rule")
    wanted = {
        place: run for place, run in enumerate(grid["runs"]) if place % 97 == 0
    }  # nine of all, over series, windows and rules
    for run in wanted.values():
        series, window, rule, counts, _ = run
        page.evaluate(
            "hash => { location.hash = hash }",
            f"layer=rule&s={grid['series'][series][0]}&w={grid['windows'][window][0]}"
            f"&r={grid['rules'][rule][0]}",
        )
        page.wait_for_timeout(50)
        text = page.locator("aside .count").inner_text()
        assert text == f"{counts[0][0]} of {counts[0][1]} units shrink"
        shown = page.locator("aside .legend li b").all_inner_texts()
        assert int(shown[1]) == counts[0][0]


def test_choosing_another_rule_paints_the_map_anew(visit):
    page = visit("layer=rule")
    before = page.locator("aside .count").inner_text()
    page.locator("#pick-r").select_option("net_loss_beyond_5_percent")
    after = page.locator("aside .count").inner_text()
    assert (before, after) == ("149 of 336 units shrink", "95 of 336 units shrink")
    fills = page.locator("#map path[data-i]").evaluate_all(
        "all => all.map(p => p.getAttribute('fill'))"
    )
    assert fills.count("#b35806") == 95


def test_a_run_that_is_not_in_the_grid_says_why(visit, data):
    gap, reason = next(iter(data["grid"]["gaps"].items()))
    s, w, r = map(int, gap.split("."))
    grid = data["grid"]
    page = visit(
        f"layer=rule&s={grid['series'][s][0]}&w={grid['windows'][w][0]}&r={grid['rules'][r][0]}"
    )
    assert page.locator("aside .count").inner_text() == grid["reasons"][reason][0]


def test_the_scenario_switch_changes_probabilities(visit, data):
    page = visit("layer=chance")
    seen = {}
    for future in data["futures"]:
        page.locator("#pick-sc").select_option(future["key"])
        seen[future["key"]] = tuple(page.locator("aside .legend li b").all_inner_texts())
        for klass, text in enumerate(seen[future["key"]][:-1]):
            assert int(text) == future["c"][0].count(str(klass))
    assert len(set(seen.values())) > 5
    page.locator("#pick-sc").select_option("locked")
    assert page.locator(".mapbox .mark.locked").is_visible()


def test_every_scenario_says_what_it_assumes_and_leads_to_its_map(visit, data):
    page = visit("v=scenarios")
    told = page.locator(".assumed dd").all_inner_texts()
    assert len(told) == len(data["futures"])
    assert all(told)
    assert page.locator("figure.sheet", has_text="Recent migration goes on undamped").count() == 1
    page.get_by_role("link", name="Nobody moves").click()
    assert page.locator(".sub").inner_text() == "Nobody moves"


def test_two_cities_stand_side_by_side(visit):
    page = visit(f"v=compare&c={HEGANG}")
    page.locator("#pick-d").select_option(CHENGDU)
    heads = page.locator(".both thead th").all_inner_texts()
    assert [head.split()[0] for head in heads] == ["Hegang", "Chengdu"]
    row = page.locator(".both tr", has_text="Change 2010–2020").locator("td").all_inner_texts()
    assert row == ["−15.8%", "+38.5%"]


def test_language_and_theme(visit):
    page = visit()
    page.locator("#lang").click()
    assert page.locator("h1").inner_text().startswith("收缩城市图集")
    assert page.locator("html").get_attribute("lang") == "zh"
    page.locator("#theme").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(22, 24, 28)"
    assert visit(locale="zh-CN").locator("html").get_attribute("lang") == "zh"
    assert visit(scheme="dark").locator("html").get_attribute("data-theme") == "dark"


def downloaded(page, press):
    with page.expect_download() as waited:
        press()
    return waited.value.path().read_text(encoding="utf-8-sig")


def test_the_map_comes_as_a_picture_with_its_citation(visit, data):
    page = visit("layer=chance&lang=zh")
    text = downloaded(page, page.locator("#mapsvg").click)
    assert text.startswith("<svg")
    assert data["citation"][1] in text
    assert data["digest"] in text
    assert "锁定预测" in text
    names = [zh for _, zh in data["chances"]["names"]]
    assert all(name in text for name in names)
    assert "var(" not in re.sub(r'"var\(--\w+\)"', "", text) or "var(--" not in text


def test_a_filtered_table_comes_as_shown(visit):
    page = visit("v=table&sort=chance")
    page.locator("#pick-f_province").select_option(label="Sichuan")
    rows = list(csv.reader(downloaded(page, page.locator("#csv").click).splitlines()))
    assert len(rows) == 22
    shown = page.locator("#units-table tbody tr").evaluate_all(
        "all => all.map(r => r.dataset.unit)"
    )
    assert [row[0] for row in rows[1:]] == shown
    place = rows[0].index("chance_locked_2030_locked")
    chances = [float(row[place]) for row in rows[1:] if row[place]]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(
    "state",
    [
        "layer=rule&s=residents_raw_2020&w=2011_2019&r=three_falls&f_province=7&lang=zh&theme=dark",
        "layer=chance&sc=people&y=2035&c=230400&box=2600,200,1200,1000",
        "v=table&sort=agreement&dir=u&page=2",
        "v=city&c=510100&sc=if_4&lang=zh",
        "v=compare&c=230400&d=510100",
        *(f"v={view}&lang=zh&theme=dark" for view in ("talent", "claims", "method")),
    ],
)
def test_an_address_restores_the_view(visit, state):
    first = visit(state)
    again = visit(first.url.partition("#")[2])
    assert first.locator("#atlas").inner_html() == again.locator("#atlas").inner_html()


def test_back_returns_to_the_view_before(visit):
    page = visit()
    page.locator("#view-table").click()
    page.locator("#units-table a").first.click()
    page.go_back()
    assert page.locator("#units-table").is_visible()
    page.go_back()
    assert page.locator("#map").is_visible()


@pytest.mark.parametrize("unit", [HEGANG, CHENGDU, "110000", "659001"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_city_prints_on_one_page(visit, data, unit, language):
    if unit not in data["units"]["id"]:
        unit = "540100"
    page = visit(f"v=city&c={unit}&lang={language}&theme=light")
    text = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", text)) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_sideways_scrolling(visit, view):
    page = visit(f"v={view}&c={HEGANG}&d={CHENGDU}", size=(375, 800))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 375


def test_the_keyboard_alone_is_enough(visit):
    page = visit()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "map":
            break
    assert page.evaluate("document.activeElement.id") == "map"
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.locator("#card h3").is_visible()
    page.keyboard.press("+")
    assert "box=" in page.url
    page.keyboard.press("Escape")
    assert "box=" not in page.url
    page.keyboard.press("Enter")
    assert page.locator("article h2").is_visible()
    page.locator("#view-table").focus()
    page.keyboard.press("Enter")
    page.locator("#q").focus()
    page.keyboard.type("yichun")
    assert page.locator("#units-table tbody tr").count() == 2
    assert page.evaluate("document.activeElement.id") == "q"


def test_marks_stand_on_every_view_of_locked_figures(visit):
    for state in ("layer=chance&sc=locked", "v=table", f"v=city&c={HEGANG}"):
        assert visit(state).locator("main .mark.locked").count() > 0, state


def test_painted_within_a_second_and_usable_within_two(visit):
    painted, usable = [], []
    for _ in range(5):
        page = visit()
        painted.append(
            page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            )
        )
        usable.append(page.evaluate("performance.getEntriesByName('usable')[0].startTime"))
    assert sorted(painted)[2] < 1000
    assert sorted(usable)[2] < 2000
