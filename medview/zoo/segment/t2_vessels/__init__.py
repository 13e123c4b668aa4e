"""Vessels of the circle of Willis synthesised from T2 slices (Deo et al., SASHIMI 2023).

Belongs here: the specification, the network, its losses, the preparation of slices, training and running.
Does not belong here: anything that another method imports.
"""
