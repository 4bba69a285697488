"""Counting for safety tables: incidence over time at risk, shifts of grades, doses. Frames in, frames out."""
