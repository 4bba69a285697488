"""Tables of the virtual patients: the whole pool over its whole follow-up, not one trial."""

from remit.results.declaration import COURSE, SUBJECT, B, F, N, S, table

ADSL = table(
    "adsl",
    "Subject level",
    SUBJECT,
    COURSE
    | {
        "COUNTRY": (S, "", "country of the site"),
        "REGION": (S, "", "region of the country"),
        "SEX": (S, "", "F or M"),
        "AGE": (F, "year", "age at screening"),
        "WEIGHT": (F, "kg", "body weight"),
        "PRIORLN": (N, "", "prior lines of therapy"),
        "TP53FL": (B, "", "TP53 altered, null if not modelled"),
        "BLASTFL": (B, "", "blastoid or pleomorphic, null if not modelled"),
        "IGHVUFL": (B, "", "unmutated IGHV, null if not modelled"),
        "CKFL": (B, "", "complex karyotype, null if not modelled"),
        "IDHFL": (B, "", "mutated IDH1 or IDH2, null if not modelled"),
        "NPM1FL": (B, "", "mutated NPM1, null if not modelled"),
        "FLT3FL": (B, "", "internal tandem duplication of FLT3, null if not modelled"),
        "KI67": (F, "fraction", "Ki-67 positive cells, null if not modelled"),
        "BCL2EXP": (F, "", "BCL2 expression relative to typical"),
        "CRCL": (F, "mL/min", "creatinine clearance"),
        "BTKISTOP": (S, "", "why the earlier BTK inhibitor ended"),
        "REFRFL": (B, "", "refractory subgroup (latent, unknown in a real trial)"),
        "NTARGET": (N, "", "target lesions"),
        "WEIGHT_POP": (F, "", "population weight"),
        "TLSRISK": (
            S,
            "",
            "risk class of tumour lysis at baseline, low to high; null if unknown",
        ),
        "EXPOREL": (F, "fold", "steady-state average at the target dose over that of the typical patient"),
        "RDI": (F, "fraction", "dose taken over dose planned, of the ramped drug"),
        "STATUS": (S, "", "how the solve ended"),
        "TRTEDY": (F, "day", "last dose"),
        "DCSREAS": (S, "", "why treatment ended, or ongoing"),
        "FUEDY": (F, "day", "end of response follow-up"),
        "DTHDY": (F, "day", "death, null if alive"),
        "DTHCAUS": (S, "", "cause of death"),
        "LOSTDY": (F, "day", "loss to follow-up, null if none"),
        "NEWTXDY": (F, "day", "start of subsequent therapy, null if none"),
        "XOVERDY": (F, "day", "crossing over to the investigational drug, null if none"),
    },
)
ADEX = table(
    "adex",
    "Exposure",
    f"{SUBJECT} EXTRT ASTDY",
    COURSE
    | {
        "EXTRT": (S, "", "drug"),
        "ASTDY": (F, "day", "first dose of the period"),
        "AENDY": (F, "day", "end of the period"),
        "EXDOSE": (F, "fraction of target", "dose, 0 in a hold"),
        "EXSTEP": (N, "", "step of the ramp-up or cycle, from 1; the target dose follows the last step"),
        "EXREAS": (S, "", "why this dose"),
    },
)
ADPC = table(
    "adpc",
    "Exposure and occupancy over time",
    f"{SUBJECT} PARAMCD ADY",
    COURSE
    | {
        "ADY": (F, "day", "time"),
        "PARAMCD": (S, "", "parameter"),
        "AVAL": (F, "", "value"),
    },
)
ADTR = table(
    "adtr",
    "Tumour measurements",
    f"{SUBJECT} READER VISITNUM PARAMCD TRLNKID",
    COURSE
    | {
        "READER": (S, "", "INV or IRC"),
        "ADY": (F, "day", "time of the scan"),
        "VISITNUM": (F, "", "assessment, 0 is baseline; unscheduled ones end in .5"),
        "PARAMCD": (S, "", "LDIAM SDIAM SUMPPD SPLEEN NEWLESN NTPROG"),
        "TRLNKID": (S, "", "lesion, empty for the patient"),
        "AVAL": (F, "mm, mm2 or count", "value"),
    },
)
ADRS = table(
    "adrs",
    "Response",
    f"{SUBJECT} READER PARAMCD VISITNUM",
    COURSE
    | {
        "READER": (S, "", "INV or IRC"),
        "ADY": (F, "day", "time"),
        "VISITNUM": (F, "", "assessment; -1 for a response that belongs to no single one"),
        "PARAMCD": (S, "", "OVRLRESP at an assessment, BOR best, EOTRESP after treatment"),
        "AVALC": (S, "", "response in the words of the criteria, NE if not evaluable"),
    },
)
ADTTE = table(
    "adtte",
    "Time to event",
    f"{SUBJECT} READER PARAMCD",
    COURSE
    | {
        "READER": (S, "", "INV, IRC, or empty for OS"),
        "PARAMCD": (S, "", "endpoint as declared; PFS PFSNT DOR TTR OS TTNT by default"),
        "AVAL": (F, "day", "time from first dose (DOR: from first response)"),
        "CNSR": (N, "", "0 event, else censored"),
        "EVNTDESC": (S, "", "event or reason for censoring"),
        "LASTFREE": (F, "day", "last day known to be free of the event"),
        "FIRSTEV": (F, "day", "first day on which the event was known, null if none"),
    },
)
ADLB = table(
    "adlb",
    "Laboratory",
    f"{SUBJECT} PARAMCD ADY",
    COURSE
    | {
        "ADY": (F, "day", "time"),
        "VISITNUM": (F, "", "week of the visit"),
        "PARAMCD": (S, "", "ANC PLAT HGB LYMPH IGM K PHOS CA URATE CREAT"),
        "AVAL": (F, "counts 1e9/L, HGB and IGM g/L, CREAT umol/L, else mmol/L", "value"),
        "ATOXGR": (N, "", "CTCAE grade, -1 not graded"),
    },
)
ADAE = table(
    "adae",
    "Adverse events",
    f"{SUBJECT} AEDECOD ASTDY",
    COURSE
    | {
        "AEDECOD": (S, "", "event"),
        "AETOXGR": (N, "", "worst grade"),
        "ASTDY": (F, "day", "start"),
        "AENDY": (F, "day", "end, null if ongoing"),
        "AEORIGIN": (S, "", "biology or background"),
        "AESER": (B, "", "serious"),
        "AEBODSYS": (S, "", "system organ class of MedDRA"),
        "AESDTH": (B, "", "fatal"),
        "AEACN": (S, "", "what was done with the dose: none, held, reduced, withdrawn"),
    },
)
ADBM = table(
    "adbm",
    "Bone marrow",
    f"{SUBJECT} PARAMCD ADY",
    COURSE
    | {
        "ADY": (F, "day", "time of the sample"),
        "VISITNUM": (F, "", "assessment that it belongs to"),
        "PARAMCD": (S, "", "INVOLVED: seen to hold disease, 0 or 1; BLASTS: share of marrow cells"),
        "AVAL": (F, "0 or 1, fraction", "value; null where the sample failed"),
    },
)
ADMRD = table(
    "admrd",
    "Minimal residual disease",
    f"{SUBJECT} COMPART ASSAY ADY",
    COURSE
    | {
        "ADY": (F, "day", "time of the sample"),
        "VISIT": (S, "", "planned time point"),
        "COMPART": (S, "", "blood or marrow"),
        "ASSAY": (S, "", "assay"),
        "LIMIT": (F, "fraction", "threshold below which disease is called undetectable"),
        "CELLS": (F, "", "cells analysed; null where the sample failed"),
        "AVAL": (F, "fraction", "malignant cells among them; null where the sample failed"),
        "AVALC": (S, "", "undetectable, detectable, failed"),
    },
)
ADCM = table(
    "adcm",
    "Supportive care",
    f"{SUBJECT} CMDECOD ASTDY",
    COURSE
    | {
        "CMDECOD": (S, "", "filgrastim, red_cells, platelets, rasburicase"),
        "ASTDY": (F, "day", "first day"),
        "AENDY": (F, "day", "last day, null if ongoing"),
        "CMREAS": (S, "", "prophylaxis or treatment"),
    },
)
