"""Yearbook tables in, in any usual form: a panel and a report on every row.

`reader` runs the pass: `layout` finds the tables of a sheet, `headings` says what stands over a
column, `names` who a row is about, `meaning` what a cell measures, `cells` what it says; `extract`
puts the figures together and `report` keeps account.
"""
