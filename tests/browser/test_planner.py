"""Three questions of a planner who has the atlas alone, each answered in at most five clicks."""

import pytest

MOST = 5


@pytest.fixture
def reader(visit):
    return Reader(visit())


class Reader:
    """Opens the first page; counts what is clicked or chosen, not what is typed."""

    def __init__(self, page):
        self.page, self.clicks = page, 0

    def view(self, name):
        self.page.get_by_role("link", name=name, exact=True).click()
        self.clicks += 1

    def search(self, words):
        self.page.locator("#q").fill(words)
        self.page.locator("#q").press("Enter")

    def province(self, name):
        self.page.locator("#pick-f_province").select_option(label=name)
        self.clicks += 2  # the list, and the entry in it

    def sort(self, heading):
        self.page.locator("#units-table thead").get_by_text(heading).first.click()
        self.clicks += 1

    def text(self):
        return self.page.locator("main").inner_text()


def test_is_hegang_shrinking_since_when_by_which_rules_and_how_sure(reader):
    reader.view("Table")
    reader.search("鹤岗")
    text = reader.text()
    assert "Hegang" in text
    assert "鹤岗" in text
    for told in ("Falling since", "Rule", "shrinking", "2030"):
        assert told in text, told
    assert reader.clicks <= MOST


def test_which_ten_cities_of_sichuan_are_most_at_risk_in_2030(reader, data):
    reader.view("Table")
    reader.province("Sichuan")
    reader.sort("robability")
    rows = reader.page.locator("#units-table tbody tr")
    assert rows.count() >= 10
    shown = [rows.nth(k).locator("td").all_inner_texts() for k in range(10)]
    head = reader.page.locator("#units-table thead th").all_inner_texts()
    column = next(k for k, name in enumerate(head) if "robability" in name)
    place = [column - (len(head) - len(row)) for row in shown]
    chances = [float(row[k].rstrip("%")) for row, k in zip(shown, place, strict=True)]
    assert chances == sorted(chances, reverse=True)
    assert reader.clicks <= MOST


def test_does_the_139_of_the_report_hold(reader):
    reader.view("Claims")
    text = reader.text()
    assert "139" in text
    assert "not identified" in text
    assert reader.clicks <= MOST
