"""What people do with the program, one file per journey: from a wish to a job to a command.

Each wish is one call. Opening, saving, models, judging, labels, work lists.
The steps themselves belong to the rooms beside this one; no Qt here.
"""
