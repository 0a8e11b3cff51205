"""The recorded build of the tables of the two examples."""
