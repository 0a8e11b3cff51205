"""A stranger's test: where twenty-five things are, from names alone: ``python -m tools.stranger``.

The guess uses no content of any file. A reader of the field knows the subject of the question and
opens the room of that name, or `analyses` for what the paper shows. In it every path is cut into
words, and so is the question without the words that say little; two words are alike if their first
four letters are. A path scores, for each word of the question that it holds, the logarithm of how
rare that word is among the paths of the room; a tie goes to the path with fewer words, then to the
first by alphabet. The truth is looked up by the symbol's definition, so that moving a file needs no
change here. Found is the file, or another one of its folder.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("econshrink", "analyses", "tools")
LETTERS = 4
DULL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at by do does for from how in is it its made of on one or that the their "
        "them to what when where which who with work",
    )
)


@dataclass(frozen=True)
class Question:
    """A question, its subject, and the symbol that answers it."""

    text: str
    subject: str
    symbol: str


QUESTIONS = (
    Question("where is the Efron likelihood of Cox models", "survival", "score_and_information"),
    Question("where is the three-part standard of the report", "shrinkage", "ReportStandard"),
    Question("who draws the risk map of the forecast", "analyses", "draw_fans_and_map"),
    Question("what reads GB18030 text", "data", "decode"),
    Question("where is the two-way fixed effects estimator", "panel", "fit_fe"),
    Question("where is two-stage least squares with instruments", "panel", "fit_iv"),
    Question("who estimates difference and system GMM", "panel", "fit_gmm"),
    Question("where is the cluster covariance", "inference", "Clustered"),
    Question("where is Conley's distance covariance", "inference", "Conley"),
    Question("where is the wild bootstrap", "panel", "wild_bootstrap_fe"),
    Question("where is the Kaplan-Meier curve", "survival", "kaplan_meier"),
    Question("who fits shared frailty", "survival", "fit_frailty"),
    Question("who fits discrete hazards", "survival", "fit_discrete_hazard"),
    Question("where is Moran's spatial autocorrelation", "spatial", "moran"),
    Question("who fits gravity models of flows", "flows", "fit_gravity"),
    Question("where are honest pre-trend bounds for policies", "causal", "honest_interval"),
    Question("where is the Shapley decomposition", "decompose", "shapley_r2"),
    Question("who does the Oaxaca decomposition", "decompose", "oaxaca_blinder"),
    Question("who accounts births, deaths and migration", "demography", "account"),
    Question("who reads a yearbook", "data", "read_yearbook"),
    Question("who closes the annual series to the census", "data", "close_log_linear"),
    Question("where are the census tables of China loaded", "data", "load_census_profile"),
    Question("who simulates the synthetic country", "lab", "simulate"),
    Question("who scores forecasts by the CRPS of draws", "forecast", "crps"),
    Question("who prints a regression table", "report", "regression_table"),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A question with the guessed and the true path."""

    question: Question
    guess: str
    truth: str

    @property
    def verdict(self) -> str:
        """``file``, ``folder`` (the right one, another file) or ``no``."""
        if self.guess == self.truth:
            return "file"
        return "folder" if Path(self.guess).parent == Path(self.truth).parent else "no"


def words(text: str) -> list[str]:
    """The first letters of each word that is not dull.

    Examples
    --------
    >>> words("Where are the two-way fixed effects?")
    ['two', 'way', 'fixe', 'effe']
    """
    found = re.findall(r"[a-z0-9]+", text.lower())
    return [word[:LETTERS] for word in found if word not in DULL]


def paths(root: Path = ROOT) -> list[str]:
    """Every module of the project, relative to its root."""
    return sorted(
        path.relative_to(root).as_posix()
        for top in TOPS
        for path in (root / top).rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py") and path.stem != "stranger"
    )


def guess(question: Question, candidates: Sequence[str]) -> str:
    """The path of the question's room that shares the rarest words with the question."""
    rooms = (f"econshrink/{question.subject}/", f"{question.subject}/")
    inside = [path for path in candidates if path.startswith(rooms)]
    held = {path: set(words(path.removesuffix(".py").partition("/")[2])) for path in inside}
    asked = set(words(question.text))

    def rank(path: str) -> tuple[float, int, str]:
        score = sum(_rarity(word, held.values()) for word in asked & held[path])
        return (-score, len(held[path]), path)

    return min(inside, key=rank)


def find(symbol: str, candidates: Iterable[str], root: Path = ROOT) -> str:
    """The module that defines a function, class or constant; an error if none or several do."""
    pattern = re.compile(rf"^(?:def|class) {symbol}\b|^{symbol}\b *[:=]", re.MULTILINE)
    found = [path for path in candidates if pattern.search((root / path).read_text("utf-8"))]
    if len(found) > 1:  # the verb in memory, not its namesake for tables on disk
        found = [path for path in found if not path.startswith("econshrink/big/")]
    if len(found) != 1:
        raise LookupError(f"{symbol} is defined in {found or 'no module'}: mend the question")
    return found[0]


def answers(root: Path = ROOT) -> list[Answer]:
    """Every question with its guess and its truth."""
    candidates = paths(root)
    return [Answer(q, guess(q, candidates), find(q.symbol, candidates, root)) for q in QUESTIONS]


def main() -> int:
    """Print the table and the tally."""
    found = answers()
    print("| Question | Subject | Guess from names | Truth | Found |\n|---|---|---|---|---|")
    for answer in found:
        asked = answer.question
        line = (asked.text, asked.subject, f"`{answer.guess}`", f"`{answer.truth}`", answer.verdict)
        print("| " + " | ".join(line) + " |")
    verdicts = [answer.verdict for answer in found]
    counts = (f"{name}: {verdicts.count(name)}" for name in ("file", "folder", "no"))
    print("\n" + ", ".join(counts))
    return 0


def _rarity(word: str, held: Iterable[set[str]]) -> float:
    sets = list(held)
    return math.log(len(sets) / max(sum(word in each for each in sets), 1))


if __name__ == "__main__":
    sys.exit(main())
