"""The atlas: one file that shows what is known of every unit, opened by any browser.

What comes in: `AtlasContent`; what goes out: one self-contained page.
"""
