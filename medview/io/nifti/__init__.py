"""NIfTI-1, NIfTI-2 and Analyze: headers, affines, voxels, and writing them back as they were.

Belongs here: what these formats state, and what has to be guessed where they do not.
Does not belong here: the door for all formats (io.readers), saving safely (io.writers).
Sizes are checked against the file before memory is taken.
"""
