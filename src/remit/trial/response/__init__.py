"""Response criteria. Each sees measurements only, never the truth behind them.

A criterion is a module with

- ``NAME``, ``MODALITIES`` (ways to read it; the first is the default) and ``NOT_ASSESSED`` (its parts that
  are not simulated);
- ``CODES``, its responses in rising order, of which ``RESPONDERS`` count as overall response, ``COMPLETE`` as
  complete response, ``PROGRESSION`` as progression or relapse, and ``LYMPHOCYTOSIS`` as response only where
  the rate is given with lymphocytosis;
- ``responses(readings)``, the rules: a response at each assessment from those up to it;
- ``judge(readings, latest)``, the investigator in a trial under way: progression or not;
- ``assess(tables, modality=, readers=, btk_inhibitors=)``, the table ``adrs`` from tables, simulated or real.

Responses that count are those before progression and before any new therapy.
"""

from remit.trial.response import eln_2022, iwcll_2018, iwwm_6, lugano_2014

CRITERIA = {module.NAME: module for module in (lugano_2014, iwcll_2018, eln_2022, iwwm_6)}
