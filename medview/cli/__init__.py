"""The command line: words in, results on standard output, messages on standard error.

Belongs here: arguments, progress on a terminal, exit codes, JSON of the public interface.
Does not belong here: what a command does; that lives in the rooms below.
Imports everything but zoo; torch and windows only in the commands that need them.
"""
