"""Installing a model of a person's own: copied with limits, shown, asked about, tested, moved into place.

Belongs here: copying from folders and zips, what a person is shown before saying yes, the moves on disk.
Does not belong here: what the files mean (ml/foreign), running them (zoo/foreign), dialogs (gui).
"""
