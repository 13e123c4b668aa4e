"""What presenters ask of views: methods that take plain values, signals that carry plain values.

One file per pair of presenter and view. Each Protocol has two implementations: the Qt view of the
same base name in gui, and the fake in the presenter tests. Views never decide; they show what they
are given and say what a person did. No code of either side belongs here.
"""
