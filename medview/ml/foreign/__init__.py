"""Models that other programs trained, read as data: ONNX, nnU-Net and MONAI folders, and programs.

Belongs here: readers with limits, what a folder says about its network, specs built from that, trust.
Does not belong here: torch, onnxruntime, anything that runs a network (zoo/foreign), copying (session).
Nothing in this room ever executes what it reads.
"""
