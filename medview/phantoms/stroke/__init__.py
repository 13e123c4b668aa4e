"""A patient with an ischaemic stroke, as perfusion and diffusion maps of MR and CT see it.

Belongs here: blood supply of the head phantom's brain, an occlusion and what follows from it, the maps that a
scanner's software makes of it, and what imitates a lesion. Does not belong here: anatomy (`phantoms/head`),
files, models.
"""
