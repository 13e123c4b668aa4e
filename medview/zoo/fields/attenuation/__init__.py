"""Attenuation of X-rays as a field, learned from radiographs of a CT (after NAF, Zha et al. 2022).

Belongs here: the specification, radiographs and their geometry, the field, its fitting, the
classical baseline.
Does not belong here: fields with colour, and anything that another method imports.
"""
