"""The synthetic head: its shape, brain, face and arteries, and how MR sequences see it.

Here belong anatomical facts in canonical millimetres (origin near the anterior commissure, RAS) and
the code that turns them into tissue on a grid.
Not here: signal equations and tools that another organ could use; those lie one room above.
"""
