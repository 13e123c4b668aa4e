"""Between disk and session: opening, saving, sample studies, subjects for training, recent files.

Belongs here: what was read as contents and layers, snapshots to disk, and what lies beside files.
Does not belong here: file formats (io), undoable changes (commands), model runs (models).
"""
