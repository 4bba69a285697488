"""Replicates of randomised trials on the calendar clock: patients, looks, decisions, and what they show."""
