"""How labels change: brush stamps and the strokes that gather them.

Belongs here: numpy on boxes of voxels that yields patches; every later mask tool.
Does not belong here: mouse events, drawing, files, undo stacks.
Imports core, numpy, scipy, scikit-image, and SimpleITK inside functions.
"""
