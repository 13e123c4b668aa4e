"""FLAIR and white matter lesions from T1 slices, learned together (Orbes-Arteaga et al. 2018).

Belongs here: the specification, the networks, their losses, the training steps and running.
Does not belong here: anything that another method imports.
"""
