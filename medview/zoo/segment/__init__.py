"""Methods whose result is a label map.

Belongs here: one folder per method: spec.py (no torch), network.py, pipeline.py and what only it needs.
Does not belong here: anything that a second method imports; that moves up to `medview.zoo`.
"""
