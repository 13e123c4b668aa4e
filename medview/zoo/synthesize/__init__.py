"""Methods whose result is an image that nobody acquired.

Belongs here: one folder per method: spec.py (no torch), network.py, pipeline.py and what only it needs.
Does not belong here: anything that a second method imports; that moves up to `medview.zoo`.
"""
