"""Past origins forecast with what was known, and the errors learnt from them.

What comes in: a panel and a `BacktestDesign`; what goes out: a `Backtest`.
"""
