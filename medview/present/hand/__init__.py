"""The tools of the hand: what a press, a drag and a click in a slice do to a mask.

Belongs here: one file per kind of gesture, the table of the tools, what they paint with.
Does not belong here: how voxels are chosen (edit), drawing, widgets, undo.
Imports core, edit, session and the ports.
"""
