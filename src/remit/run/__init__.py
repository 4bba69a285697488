"""A run: a plan of pure tasks, a worker that takes them to an executor, a store that keeps what they return.

A run can be stopped at any time, killed included, and goes on where it stopped; its tables have the
same bytes whatever the number of workers, the order of the tasks or the restarts in between. This is
the only package that joins model, solver, population and trial.
"""
