"""What drives response, MRD, neutropenia and tumour lysis: a global sensitivity analysis with SALib.

Every typical value of the library that carries an uncertainty is moved along it, from its 5th to its 95th
percentile, all of them together: a screening by elementary effects (Morris) of all values, then shares of
variance (Sobol) of the most important ones. Outputs are of latent courses of one year over virtual patients:
no measurement error, no dropout, no dose held. What is found goes into ``docs/reference/sensitivity.md``.
"""
