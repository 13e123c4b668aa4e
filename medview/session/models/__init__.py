"""Running models on open layers: which layers fit, what it will take, the job, the result.

Belongs here: suggestions, forecasts, runs with their live preview, results as contents, card texts.
Does not belong here: how a model computes (zoo), checks of requests (ml), where jobs run (jobs).
"""
