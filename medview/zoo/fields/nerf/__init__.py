"""The first neural radiance field: sines and one deep network, the reference of the others (P09, C)."""
