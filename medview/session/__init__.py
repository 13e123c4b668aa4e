"""Use cases: the session and its commands, workflows from job to command, settings.

Belongs here: what the program can do with open data, in words of the field.
Does not belong here: windows, drawing, torch, file formats (io), arithmetic (edit, measure).
Imports every room of the floor below: core, edit, io, ml, jobs, measure, phantoms.
"""
