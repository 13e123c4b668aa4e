"""Running a 2-D network over the axial slices of a scan: one engine for every method that works so.

Belongs here: the network's grid in a slice, normalisation, batches, what becomes of the network's maps, cost.
Does not belong here: networks, losses, training; what one method alone needs stays in its folder.
A method describes itself as a `SliceModel` (model.py) and calls `run_slices` (engine.py).
"""
