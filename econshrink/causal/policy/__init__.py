"""Policy evaluation: group-time effects, pre-trends, honest bounds, placebo tests, adapters.

What comes in: a panel and dates of adoption; what goes out: an `Estimate` or a test.
"""
