"""The machinery that builds and verifies the paper: tasks, workspace, exhibits, comparison.

What comes in: the list of tasks; what goes out: the build folder. It knows no exhibit.
"""
