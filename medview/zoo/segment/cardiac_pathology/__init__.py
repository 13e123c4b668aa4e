"""Infarct and no-reflow in late-enhancement slices of the heart (APU-Net; Zhou, Zhang et al., EMIDEC 2020).

Belongs here: the specification, the network, its losses, pathology mix-up, training and running.
Does not belong here: anything that another method imports.
"""
