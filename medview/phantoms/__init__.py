"""Synthetic studies made from physics and geometry, the same bits for the same seed.

Here belong tissue properties, signal equations, the scanner's imperfections, the shapes and curves
that anatomy is drawn with, and one sub-room for each kind of study.
Not here: reading files, models that learn from a study, and anything that draws it on a screen.
"""
