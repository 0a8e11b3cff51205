"""The entrance: any table to a `CityPanel` or `SpellTable`, and the one reader of formulas.

What comes in: a DataFrame of pandas, polars or pyarrow and a formula; what goes out: nouns.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.tables.formula import (
        Model as Model,
        read_formula as read_formula,
    )
    from econshrink.tables.opening import open_table as open_table
    from econshrink.tables.panel_table import as_panel as as_panel
    from econshrink.tables.spell_table import spells as spells
    from econshrink.tables.survival_model import (
        SurvivalModel as SurvivalModel,
        survival_formula as survival_formula,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
