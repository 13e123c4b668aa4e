"""Proposals: what a model found, laid over a mask that a person works on, to be accepted or rejected.

Belongs here: which labels mean the same, how a result becomes a proposal, what a verdict on it changes.
Does not belong here: where two maps differ (edit), drawing, widgets, running models.
Imports what session imports.
"""
