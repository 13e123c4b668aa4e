"""Drawing with VTK: plans in, pictures out.

Belongs here: slice and volume scenes, colour tables, surfaces, picking, pictures, the scheduler.
Does not belong here: widgets, the session, anything that decides what is to be shown.
Imports core, numpy and vtkmodules; scipy inside functions.
"""
