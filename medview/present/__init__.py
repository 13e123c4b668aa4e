"""Presenters: plain values from views in, plans for scenes out.

Belongs here: resolving state into plans, what a click or key means, when a control is off and why.
Does not belong here: Qt, VTK, files, arithmetic on voxels.
Every view that a presenter talks to is a Protocol in `ports`.
"""
