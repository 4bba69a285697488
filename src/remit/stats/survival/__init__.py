"""Times to event: curves, tests of two arms, models, and what is read off them."""
