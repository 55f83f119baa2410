"""Counts what random cases reach."""

import sys

from .coverage import show

if __name__ == "__main__":
    show(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
