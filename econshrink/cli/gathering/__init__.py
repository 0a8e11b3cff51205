"""What an atlas shows, gathered: China's embedded figures, or a panel of the user's.

What comes in: loaders and verbs of the other wings; what goes out: an `AtlasContent`.
"""
