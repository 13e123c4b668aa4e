"""Numbers from layers: agreement of two label maps or images, distances, volumes.

Belongs here: metrics with their definition, unit and behaviour on empty input.
Does not belong here: reading files, drawing, deciding what a number means for a patient.
Imports core, numpy, scipy, scikit-image, and SimpleITK inside functions.
"""
