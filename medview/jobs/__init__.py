"""Where work happens: in line, on a thread, or in a child process that may die without harm.

Belongs here: jobs and their events, the lanes, the worker process, its messages and its scratch folder.
Does not belong here: what the work is (ml, io), who shows it (present), anything of Qt.
Imports core, numpy and the standard library; torch is only ever imported by the work itself.
"""
