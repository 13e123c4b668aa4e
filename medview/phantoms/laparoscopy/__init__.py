"""Synthetic laparoscopies: scenes with known cameras, depths and masks.

Here belong the abdomen of ellipsoids from P09, the richer abdomen with liver, gallbladder and vessels, the
course of a laparoscope about its port, and what becomes of a picture in a laparoscope.
Only `rendered` draws with VTK, and imports it inside functions. Not here: writing files, training fields.
"""
