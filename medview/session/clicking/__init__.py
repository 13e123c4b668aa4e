"""Smart clicks: what a person said of an object, what answers it, and what is remembered for undo.

Belongs here: the acts of a talk, the bounded memory of talks, the job target of the engine without weights.
Does not belong here: the network (zoo/interactive), the mouse (present/hand), voxels (edit).
The use case that puts them together is `session/journeys/clicking.py`. Nothing is imported here.
"""
