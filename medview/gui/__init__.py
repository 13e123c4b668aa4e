"""PySide6: thin views with the presenters' base names, forms, dialogs, theme.

Belongs here: widgets, menus, keys, turning Qt events into plain values.
Does not belong here: decisions, state, files, jobs; VTK in `vtk_canvas` only.
Imports core, present and render.
"""
