"""Growth, movement and death of malignant cells. One file, one law.

Each exports NAME, STATES (name and unit), Params and rates.
"""

from remit.tumour import clones, paraprotein

TUMOUR_MODELS = {model.NAME: model for model in (clones, paraprotein)}
