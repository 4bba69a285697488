"""Randomisation: which arm each patient is allocated to, in the order of enrolment.

A scheme is a module with ``NAME``, ``Params`` (with ``ratio``, patients of each arm in whole numbers),
``findings(params, factors)``, and ``allocate(seed, factors, params)``, the arm of each patient as an integer
array of shape (n_replicates, n_patients), -1 where there is none. The arm of a patient depends on those
enrolled before only.
"""

from remit.trial.randomisation import minimisation, simple, stratified_blocks

RANDOMISATIONS = {each.NAME: each for each in (simple, stratified_blocks, minimisation)}
