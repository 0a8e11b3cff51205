"""Hostile input in, one `EconshrinkError` or an answer out: no foreign exception, no hang.

What comes in: a seed and seconds; what goes out: a tally of targets. Example `number` of a target
is a function of seed, target and number alone: ``python -m tools.soak.fuzz.run TARGET NUMBER``
with the seed repeats it with its traceback.
"""
