"""The questions that can be put to a store. :mod:`.registry` has them all by name."""
