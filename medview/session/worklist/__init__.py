"""The work list: a folder of subjects as a queue of cases, and the masks of several annotators.

Here are the cases of a folder, where masks and states lie, what is known of each annotator's work, the clock
of working time, and the comparison of annotators. What is counted belongs to measure; the way from case to
case, which saves, opens and lets go, to journeys.
"""
