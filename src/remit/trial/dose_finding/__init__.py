"""Dose-finding trials on the calendar: cohorts choose among doses under which every patient was simulated."""
