"""Exposure-response of a binary endpoint: logistic models, their limits, their fit, and what they leave out.

One file, one step. ``logistic`` and ``separation`` fit; ``profile`` gives limits; ``forms`` puts exposure
into the model (linear, log-linear, Emax); ``prediction`` and ``goodness`` look at a fit; ``counterfactual``
sets an association beside the change that another dose makes in the same patients; ``window`` reads a range
of exposure off two curves; ``geometric`` compares exposures of groups.
"""
