"""Running models that other programs trained: one engine for ONNX, nnU-Net, MONAI and programs.

Belongs here: the steps of a recipe and their way back, sliding windows, networks with the names that
foreign weights expect, runtimes, the process that a program is locked into, self-tests.
Does not belong here: reading and checking folders (ml/foreign), which never needs torch.
"""
