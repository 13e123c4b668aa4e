"""Files to core objects and back.

Belongs here: sniffing, reading and writing of scans and label maps, and every turn between a file's
axes and RAS+ (nowhere else). Each format has its own module; `readers` and `writers` are the doors.
Does not belong here: layers, undo, anything shown to people except the sentences of refusals.
"""
