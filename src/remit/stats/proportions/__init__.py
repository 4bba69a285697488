"""Proportions of one arm and of two, stratified or not: intervals, tests, and what compares them."""
