"""Options that all scripts have."""

import argparse


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of ``--quick`` and ``--write``."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    found.add_argument("--write", action="store_true", help="put what is measured into performance.md")
    return found


def parsed(given: argparse.ArgumentParser) -> argparse.Namespace:
    """What was asked for; a quick look is not written down."""
    asked = given.parse_args()
    if asked.quick and asked.write:
        given.error("--quick measures too little to be written into performance.md")
    return asked
