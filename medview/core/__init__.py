"""What things are: geometry, volumes, labels, layers, state, plans, parameters, undo, errors.

Belongs here: plain data and pure functions that every other room may use.
Does not belong here: files, windows, drawing, torch, or anything that starts work.
Imports numpy and psygnal only.
"""
