"""Radiance fields as use cases: from a video to a scene beside scans.

Belongs here: the job targets of frames, poses and trainings, what is opened, placed and written out.
Does not belong here: the methods themselves (zoo), file formats (io), drawing (render).
"""
