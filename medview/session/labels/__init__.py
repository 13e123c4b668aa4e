"""What people do with the labels of a mask: the table, whole labels at once, table files, looking at one.

Belongs here: named undo steps out of tables and patches, and the jobs that compute them.
Does not belong here: arithmetic on voxels (edit, measure), formats (io), brush strokes.
Imports what session imports.
"""
