"""The command line: ``python -m cspr_workflow``."""

import os
import sys

from cspr_workflow.interfaces.cli import app
from cspr_workflow.interfaces.terminal import console, safe

UNEXPECTED = 1


def main() -> None:
    """Run the command line; what nobody foresaw ends with a sentence, too."""
    try:
        app(prog_name="cspr")
    except Exception as error:
        if os.environ.get("CSPR_DEBUG"):
            raise
        text = (
            f"Something went wrong that should not ({type(error).__name__}: {error}). "
            "Please report it; CSPR_DEBUG=1 before the command shows where."
        )
        console(stderr=True).print(safe(text), soft_wrap=True)
        sys.exit(UNEXPECTED)


if __name__ == "__main__":
    main()
