"""The opening room: any file to sheets of text, its kind told from its bytes."""
