"""Estimands after ICH E9(R1): what each endpoint asks, how it is computed, described, and what is true of it.

An ``Endpoint`` declares variable, population, intercurrent events with their strategies, and summary.
``event_times.times`` and ``responses.responses`` compute it from milestones at any follow-up limit;
``description.describe`` puts it in words; ``truth.estimand_truth`` gives its value in the simulated
population.
"""
