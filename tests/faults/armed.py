"""The command line in an interpreter of its own that is killed at one of its operations.

``python -m tests.faults.armed NUMBER before|after ARGUMENTS...``; the number 0 kills nothing.
"""

import sys

from cspr_workflow.__main__ import main
from tests.faults.injected import Kills, disturbed

if __name__ == "__main__":
    number, when = sys.argv[1:3]
    del sys.argv[1:3]
    with disturbed(Kills(int(number), after=when == "after")):
        main()
