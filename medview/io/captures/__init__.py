"""Captures: frames of one scene, their masks, and the cameras that took them.

Belongs here: frames out of a video, the laparoscope's circle, masks of instruments, readers and writers
of poses (transforms.json, LLFF, COLMAP), poses computed from the frames.
Does not belong here: fields and their training (zoo), jobs and their words (session).
"""
