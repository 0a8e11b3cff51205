"""Figures: everything that draws a noun, and `save_figure`."""

from econshrink.report.canvas import new_figure, panel_letter, percent_axis, save_figure, whole_axis
from econshrink.report.fan import plot_fan
from econshrink.report.plots import plot_bars, plot_coefficients, plot_ranking
from econshrink.report.survival_plot import plot_curve

__all__ = [
    "new_figure",
    "panel_letter",
    "percent_axis",
    "plot_bars",
    "plot_coefficients",
    "plot_curve",
    "plot_fan",
    "plot_ranking",
    "save_figure",
    "whole_axis",
]
