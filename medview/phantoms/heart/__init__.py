"""A synthetic chest and heart, seen in short-axis slices late after contrast.

Belongs here: the shape of ventricles, infarct and chest, and how an inversion-recovery scan sees them.
Does not belong here: signal equations and scanner noise, which all phantoms share.
"""
