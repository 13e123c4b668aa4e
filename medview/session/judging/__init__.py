"""Judging results: the next doubtful place, and where two results differ.

Here are the searches and comparisons as jobs, and the walk through what they find. What is counted and
how belongs to measure; who asks for it, to journeys.
"""
