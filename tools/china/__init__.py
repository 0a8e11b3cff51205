"""The recorded build of the embedded tables of China."""
