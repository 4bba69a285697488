"""Estimators, exact tests and survival kernels. Knows no biology and no trial.

Arrays in, small frozen records out. A kernel that serves many replicates at once takes arrays whose
first axis is the replicate.
"""
