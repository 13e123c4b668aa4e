"""PE-MED: prompt enhancement for interactive segmentation (Chang et al. 2023): every click moves the mask.

Belongs here: the specification, the network, its losses, simulated sessions of clicks, synthetic scenes,
training, and the answer to one click.
Does not belong here: anything that another method imports; the score of clicks, which is `measure.clicks`.
"""
