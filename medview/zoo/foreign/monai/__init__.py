"""The networks of MONAI that a bundle may name, rebuilt so that its weights fit by name.

Belongs here: one file per network, and the convolutions that they share; nothing of MONAI is imported.
Does not belong here: reading a bundle (ml/foreign), running it (zoo/foreign/pipeline).
"""
