"""The training platform: what the trainings of slice-wise methods share.

Belongs here: prepared slices, splits and folds, augmentation, schedules, trainer, checkpoints, run folders.
Does not belong here: a method's network, losses and steps (its own folder), running a trained model.
"""
