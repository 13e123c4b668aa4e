"""Stroke lesions from MR or CT maps: Gomez Hernandez, deep attention mechanisms, 2023.

The spec says what the program needs to know; `pipeline` runs and trains; nothing here is imported by
another method.
"""
