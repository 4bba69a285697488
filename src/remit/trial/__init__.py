"""The conduct of a trial and what is read from it.

Two clocks. On patient time, once per patient, arm and draw: visits, rules, measurement, response. On
calendar time, once per replicate and on tables only: enrolment, data cut-off, analysis.
"""
