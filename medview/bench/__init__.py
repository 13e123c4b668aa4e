"""The program measures itself: what `medview bench` prints.

Belongs here: making the test scan, driving the real window, taking times and memory.
Does not belong here: tests (they judge behaviour, never speed) and anything that users click.
Imports everything but zoo; every group is measured in a process of its own.
"""
