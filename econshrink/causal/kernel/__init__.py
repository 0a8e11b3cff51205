"""Arrays behind the identification tools: confidence sets, shift-share errors, sensitivity.

What comes in: arrays; what goes out: arrays. No noun.
"""
