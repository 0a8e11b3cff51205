"""Nouns: frozen, validated records that travel between the rooms.

What comes in: arrays and frames that were checked; what goes out: the same, and text, JSON or npz.
No estimator and no reader of files lives here.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.nouns.accounting import Accounting as Accounting
    from econshrink.nouns.ages import SEXES as SEXES, AgeStructure as AgeStructure
    from econshrink.nouns.backtest import Backtest as Backtest
    from econshrink.nouns.confidence_set import ConfidenceSet as ConfidenceSet
    from econshrink.nouns.country import CHINA as CHINA, Country as Country
    from econshrink.nouns.curve import Curve as Curve
    from econshrink.nouns.decomposition import TOTAL as TOTAL, Decomposition as Decomposition
    from econshrink.nouns.draws import Draws as Draws
    from econshrink.nouns.estimate import Estimate as Estimate
    from econshrink.nouns.flows import FlowNetwork as FlowNetwork, FlowPanel as FlowPanel
    from econshrink.nouns.forecast import Forecast as Forecast
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest
    from econshrink.nouns.identification import Identification as Identification
    from econshrink.nouns.panel import CityPanel as CityPanel
    from econshrink.nouns.ranking import Ranking as Ranking
    from econshrink.nouns.spec import Spec as Spec
    from econshrink.nouns.spells import SpellTable as SpellTable
    from econshrink.nouns.storage import load as load, save as save
    from econshrink.nouns.survival_spec import SurvivalSpec as SurvivalSpec
    from econshrink.nouns.table import Cell as Cell, Row as Row, Span as Span, Table as Table

__getattr__, __dir__ = namespace(__name__, __file__)
