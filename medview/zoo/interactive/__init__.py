"""Models that answer a person's clicks, one folder per published method.

Belongs here: method folders.
Does not belong here: the tool in the window, which lives in edit, session, present and gui.
"""
