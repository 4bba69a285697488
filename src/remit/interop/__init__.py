"""What remit writes for other programs. One package or file, one format.

``exporting`` is what a user calls. ``simulation`` says what another program needs to simulate a patient,
``patients`` finds it for an arm of a study, and each format writes it: ``sbml``.
"""
