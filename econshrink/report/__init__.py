"""Tables, figures and maps of nouns; knows no estimator and opens no data file.

What comes in: nouns; what goes out: files.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
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
    from econshrink.report.atlas.page import write_atlas as write_atlas
    from econshrink.report.canvas import (
        new_figure as new_figure,
        panel_letter as panel_letter,
        percent_axis as percent_axis,
        save_figure as save_figure,
    )
    from econshrink.report.fan import (
        plot_fan as plot_fan,
        plot_forecast as plot_forecast,
        plot_total as plot_total,
    )
    from econshrink.report.flow_map import plot_flows as plot_flows
    from econshrink.report.map import (
        draw_map as draw_map,
        map_caption as map_caption,
        rings_from_geojson as rings_from_geojson,
    )
    from econshrink.report.map_scale import (
        Binned as Binned,
        Diverging as Diverging,
        Kinds as Kinds,
        Sequential as Sequential,
    )
    from econshrink.report.noun_plots import (
        plot_components as plot_components,
        plot_decomposition as plot_decomposition,
        plot_labels as plot_labels,
        plot_pyramid as plot_pyramid,
        plot_scores as plot_scores,
        plot_set as plot_set,
        plot_strengths as plot_strengths,
    )
    from econshrink.report.number import (
        numbers_json as numbers_json,
        numbers_tex as numbers_tex,
        printed as printed,
        write_numbers as write_numbers,
    )
    from econshrink.report.parts_plot import (
        plot_parts as plot_parts,
        plot_profiles as plot_profiles,
        plot_stacked as plot_stacked,
    )
    from econshrink.report.plots import (
        plot_coefficients as plot_coefficients,
        plot_ranking as plot_ranking,
    )
    from econshrink.report.plotting import plot as plot
    from econshrink.report.regression import regression_table as regression_table
    from econshrink.report.scores_plot import (
        plot_calibration as plot_calibration,
        plot_counts as plot_counts,
    )
    from econshrink.report.style import (
        BLUE as BLUE,
        CATEGORIES as CATEGORIES,
        DASHES as DASHES,
        GAIN as GAIN,
        GREY as GREY,
        INK as INK,
        LOSS as LOSS,
        MARKERS as MARKERS,
        VERMILION as VERMILION,
        city_label as city_label,
        house_style as house_style,
        settings as settings,
    )
    from econshrink.report.survival_plot import plot_curve as plot_curve
    from econshrink.report.table import (
        to_csv as to_csv,
        to_html as to_html,
        to_latex as to_latex,
        to_markdown as to_markdown,
        to_typst as to_typst,
        write_table as write_table,
    )
    from econshrink.report.typesetting import typeset as typeset
    from econshrink.report.word import to_word as to_word

__getattr__, __dir__ = namespace(__name__, __file__)
