"""Several hypotheses in one trial: graphical procedures that hold the family-wise error rate.

p-values are one-sided and of nominal, unadjusted tests; the error is one-sided too. Nothing is assumed of how
the tests depend on each other.
"""
