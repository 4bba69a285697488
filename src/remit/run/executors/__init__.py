"""Places that carry out tasks. One file, one place.

Each exports NAME and ``completed(work, tasks, n_workers)``, which calls ``work`` once for every task,
in any order, and yields each task when it is done. If ``work`` raises, or the caller is interrupted,
no further task is begun, those under way are finished, and the exception goes on to the caller.
"""

from remit.run.executors import serial, threads

EXECUTORS = {place.NAME: place for place in (serial, threads)}
