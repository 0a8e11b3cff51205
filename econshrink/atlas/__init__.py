"""What an atlas shows, gathered: China's embedded figures, or any panel.

What comes in: loaders and verbs of the other wings; what goes out: an `AtlasContent`, which
`econshrink.report.write_atlas` turns into one file.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.atlas.china import ChinaFigures as ChinaFigures, china_atlas as china_atlas
    from econshrink.atlas.futures import (
        future_of as future_of,
        no_forecast_text as no_forecast_text,
    )
    from econshrink.atlas.own import panel_atlas as panel_atlas
    from econshrink.atlas.rules import agreement as agreement, grid_of as grid_of
    from econshrink.atlas.whole import citation as citation, data_digest as data_digest
    from econshrink.report.atlas.colour_classes import Classes as Classes, Groups as Groups
    from econshrink.report.atlas.content import (
        AtlasContent as AtlasContent,
        Claim as Claim,
        FlowRegion as FlowRegion,
        Future as Future,
        Item as Item,
        Measure as Measure,
        RuleGrid as RuleGrid,
        Sheet as Sheet,
        Text as Text,
        Yearly as Yearly,
    )
    from econshrink.shrinkage.multiverse_grid import Multiverse as Multiverse

__getattr__, __dir__ = namespace(__name__, __file__)
