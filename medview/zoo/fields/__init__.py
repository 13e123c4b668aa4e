"""Radiance fields: scenes learned from pictures with known cameras (P09, laparoscopy NeRF).

Belongs here: the parts that all fields share (rays, samplers, volume rendering, ray pool, training, folders),
and one folder per method; `k-planes` lives in ``k_planes/``, whose ``network.py`` has ``build(config, box)``.
Does not belong here: readers of captures, windows, and whatever decides which picture is asked for.
"""
