"""The analysis of a study on ADaM tables, simulated or observed: plan, estimates, tables and figures.

``analysing`` is what a caller needs: :func:`remit.analysis.analysing.analyse`. ``plan_file`` declares the
plan, ``default_plan`` proposes one. ``time_to_event`` and ``response`` estimate, ``two_times`` and
``subgroups`` compare, ``page`` and the ``display`` modules lay out, ``writing`` writes.
"""
