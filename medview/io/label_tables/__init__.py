"""Tables of labels as files: ITK-SNAP, 3D Slicer, CSV and the program's own JSON.

Belongs here: text to `LabelEntry` and back, one format a file, and the door that sniffs and compares.
Does not belong here: names beside or inside a mask's own file (io.label_names), menus, undo steps.
Imports core, and of io the byte source and the atomic file.
"""
