"""Bayesian helpers: borrowing from earlier trials, predictive probabilities, assurance."""
