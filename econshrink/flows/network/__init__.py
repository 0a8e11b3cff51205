"""Measures of flow networks, one topic a file.

What comes in: a `FlowNetwork`; what goes out: a measure a city, a group or a network.
"""
