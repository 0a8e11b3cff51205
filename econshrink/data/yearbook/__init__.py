"""Yearbook tables in, in any usual form: a panel and a report on every row."""

from econshrink.data.open.limits import Limits
from econshrink.data.yearbook.check import check_data
from econshrink.data.yearbook.figures.report import QualityReport
from econshrink.data.yearbook.reader import YearbookReading, read_yearbook
from econshrink.data.yearbook.shape.headings import HeadingTable, heading_table
from econshrink.data.yearbook.words.crosswalk import load_county_cities, load_crosswalk
from econshrink.data.yearbook.words.names import Gazetteer, Place, load_gazetteer

__all__ = [
    "Gazetteer",
    "HeadingTable",
    "Limits",
    "Place",
    "QualityReport",
    "YearbookReading",
    "check_data",
    "heading_table",
    "load_county_cities",
    "load_crosswalk",
    "load_gazetteer",
    "read_yearbook",
]
