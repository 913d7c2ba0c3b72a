"""Long trials of the project: `python -m trials [kills | fuzz | mutation] [options of that trial]`.

Without a name all of them are made, one after another, each with its own settings; that takes hours. What a trial does
and which options it has is said by `python -m trials NAME --help`; what came out last stands in `trials/results.md`.
"""

import sys
from importlib import import_module

TRIALS = ("kills", "fuzz", "mutation")


def main(arguments: list[str]) -> None:
    """Make the trial that is named, with its options; without a name all of them."""
    name, *options = arguments or ("",)
    if name in TRIALS:
        import_module(f"trials.{name}").main(options)
    elif arguments:
        sys.exit(f"{__doc__}\nThere is no trial {name!r}.")
    else:
        for each in TRIALS:
            import_module(f"trials.{each}").main([])


if __name__ == "__main__":
    main(sys.argv[1:])
