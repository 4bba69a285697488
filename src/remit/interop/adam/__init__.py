"""ADaM tables of a directory: read from four formats into one form, and checked rule by rule.

``reading`` is what a caller needs first, ``checks`` second. ``variables`` declares what is read and how,
``findings`` what a rule reports. Each ``*_checks`` module holds rules: one function, one rule, one sentence.
"""
