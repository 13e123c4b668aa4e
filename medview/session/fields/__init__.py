"""Radiance fields as a person meets them: captures looked at, trainings, trained scenes opened and placed.

Belongs here: job targets and use cases of scenes, with plain values in and out.
Does not belong here: networks and rendering (zoo), readers of captures (io), what is shown (present).
"""
