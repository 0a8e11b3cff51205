"""Policy evaluation: group-time effects, pre-trends, honest bounds, placebo tests, adapters."""
