"""Values of the two-drug model: plausible, and invented. Time is in hours."""

TYPICAL: dict[str, tuple[float, float]] = {
    # Kinetics of the drugs: per hour, L/h and L.
    "a_absorption": (0.35, 0.4), "a_transit": (0.8, 0.4), "a_clearance": (19.0, 0.4),
    "a_central": (118.0, 0.4), "a_exchange": (4.3, 0.4), "a_peripheral": (137.0, 0.4),
    "b_absorption": (1.2, 0.5), "b_transit": (2.5, 0.4), "b_clearance": (180.0, 0.4),
    "b_central": (400.0, 0.4), "b_exchange": (60.0, 0.4), "b_peripheral": (500.0, 0.4),
    # Free concentration at the target, nmol per mg.
    "a_free": (0.55, 0.3), "b_free": (140.0, 0.3),
    # Binding: per nmol/L per hour, and per hour.
    "btk_on": (2.0, 0.3), "btk_off": (0.002, 0.3), "btk_loss": (0.025, 0.3),
    "drug_on": (3.6, 0.3), "drug_off": (0.36, 0.3), "bcl2_on": (18.0, 0.3), "bcl2_off": (18.0, 0.3),
    "mcl1_on": (18.0, 0.3), "mcl1_off": (36.0, 0.3),
    "bcl2_loss": (0.035, 0.3), "bim_loss": (0.15, 0.3), "bcl2_bim_loss": (0.03, 0.3),
    "mcl1_loss": (1.0, 0.3), "mcl1_bim_loss": (0.3, 0.3),
    "bcl2_start": (60.0, 0.4), "bim_start": (0.8, 0.3), "mcl1_start": (10.0, 0.5), "mcl1_by_btk": (0.4, 0.3),
    # Activation of BAX and of the effector.
    "bax_on": (0.05, 0.3), "bax_off": (2.0, 0.3), "bax_total": (100.0, 0.3),
    "effector_rate": (0.2, 0.3), "effector_half": (8.0, 0.3),
    "kill_most": (0.012, 0.5), "kill_half": (0.30, 0.3), "kill_slope": (2.3, 0.2),
    "kill_resistant": (0.12, 0.4),
    # Cells: per hour, and as shares.
    "growth_node": (0.0006, 0.4), "growth_marrow": (0.0004, 0.4), "growth_by_btk": (0.85, 0.1),
    "leave_node": (0.004, 0.4), "leave_marrow": (0.003, 0.4), "home_node": (0.010, 0.4),
    "home_marrow": (0.006, 0.4), "leave_by_btk": (2.0, 0.3), "home_by_btk": (0.8, 0.1),
    "kill_node": (0.6, 0.2), "kill_marrow": (0.5, 0.2),
    "capacity": (6.0, 0.3), "death_blood": (0.0008, 0.3),
    # Blood counts.
    "neutrophils_rate": (4 / 125, 0.3), "neutrophils_start": (5.0, 0.35), "neutrophils_feedback": (0.17, 0.2),
    "neutrophils_most": (0.45, 0.3), "neutrophils_half": (1.5, 0.4),
    "platelets_rate": (4 / 140, 0.3), "platelets_start": (250.0, 0.3), "platelets_feedback": (0.20, 0.2),
    "platelets_most": (0.25, 0.3), "platelets_half": (0.15, 0.4),
    # Lysis.
    "urate_rate": (0.06, 0.3), "urate_start": (5.0, 0.25), "urate_release": (150.0, 0.4),
    "potassium_rate": (0.3, 0.3), "potassium_start": (4.0, 0.1), "potassium_release": (40.0, 0.4),
    "blood_share": (0.4, 0.4), "marrow_share": (0.6, 0.4), "resistant_share": (3e-6, 0.6),
}  # fmt: skip
"""Typical value and coefficient of variation between patients (log-normal)."""

MOST = {
    "growth_by_btk": 0.97, "home_by_btk": 0.97, "mcl1_by_btk": 0.9, "neutrophils_most": 0.8,
    "platelets_most": 0.8, "kill_node": 1.0, "kill_marrow": 1.0,
}  # fmt: skip
"""Upper limits of parameters that are shares."""

DERIVED = ("bcl2_made", "mcl1_made", "bim_made", "btk_made", "kill_untreated", "urate_made", "potassium_made")
"""Parameters that follow from the others, so that the untreated patient begins in balance."""
PARAMETERS = (*TYPICAL, *DERIVED)
