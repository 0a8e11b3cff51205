"""Search in English and Chinese: the English splitter, and grams of two to four characters."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search import languages
from sphinx.search.en import SearchEnglish

_HAN = re.compile(r"[\u3400-\u9fff]+")
LONGEST = 4


class SearchBoth(SearchEnglish):
    """The English index with Chinese words added."""

    def split(self, text: str) -> list[str]:
        """Words of a text; of every run of Chinese characters all short pieces."""
        found = super().split(text)
        for run in _HAN.findall(text):
            for size in range(2, LONGEST + 1):
                found += [run[i : i + size] for i in range(len(run) - size + 1)]
        return found

    def word_filter(self, word: str) -> bool:
        """Which words are kept: Chinese ones always."""
        return bool(_HAN.fullmatch(word)) or super().word_filter(word)

    def stem(self, word: str) -> str:
        """Stem of an English word; Chinese ones have none."""
        return word if _HAN.fullmatch(word) else super().stem(word)


def setup(app: Sphinx) -> dict[str, bool]:
    """Put it in the place of English, whose script the browser already has."""
    del app
    languages["en"] = SearchBoth
    return {"parallel_read_safe": True, "parallel_write_safe": True}
