"""The rules that call a city shrinking, as objects with source, formula and parameters.

A rule is a frozen dataclass of this folder, listed by `built_in` above its class and found when
`registered` is first asked; `register` adds a rule of the user's.
"""
