"""One model over many subjects: who is to be run, one subject's work, the table of what came of it.

Belongs here: finding what is done already, the work of one subject in a process of a crew, results tables.
Does not belong here: processes and schedulers (jobs), words on a terminal (cli).
`run.run_batch` does it all.
"""
