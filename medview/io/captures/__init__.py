"""Captures: frames with camera poses, as other programs and videos deliver them, and back.

Here belong: readers and writers of poses (transforms.json, LLFF, COLMAP, sinus SfM), of frames, masks and
depth, and what prepares frames (circle, sharpness, choice). Not here: what a scene is learned with (zoo),
and who asks for it (session).
"""
