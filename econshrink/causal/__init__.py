"""Identification: confidence sets, shift-share tools, sensitivity and checks of a design."""
