"""What holds for every test."""

import signal

# A program that a script starts in the background ignores Ctrl+C, and so does all that it starts. Tests
# end programs in this way.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
