"""Group-sequential and adaptive designs: boundaries, power, and inference after a trial that may stop early.

All is on the scale of the standardised statistic, positive in favour of the experimental arm. Probabilities
come from recursive numerical integration (``integration``), never from random numbers.
"""
