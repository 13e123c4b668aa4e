"""What computes a trained network: torch as it is best run, or OpenVINO on the CPU.

Belongs here: preparing a network for inference, converting, caching, checking and cancelling it.
Does not belong here: which part of a scan is computed (slicewise), training, weights.
`choice.Programs` decides; a runtime is a callable that takes a batch to a tuple of maps.
"""
