"""Describing models and running them, without torch at module level.

Belongs here: specs, model cards, the registry, requests and results, the run context, preflight, the runner.
Does not belong here: networks and training loops (zoo), threads and processes (jobs), files of scans (io).
Imports core and numpy; a spec names its code as "module:function", so nothing here imports zoo.
"""
