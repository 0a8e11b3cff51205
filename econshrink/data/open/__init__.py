"""The one opening room: a path in, sheets of cells out, whatever the kind of file.

The kind, the encoding and the separator are told from the bytes, sizes are checked before anything
is unpacked, and a figure is what its sheet shows. Every reader of user files starts here.
"""
