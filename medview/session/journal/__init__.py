"""The journal: what was done in a session, kept on disk as it is done, and brought back after a crash.

Belongs here: recording deeds as data, the thread that writes them, finding journals that nobody holds,
doing their deeds again, and what is told of them before a person decides.
Does not belong here: the framing of the file (io) and anything that people see (present, gui).
"""
