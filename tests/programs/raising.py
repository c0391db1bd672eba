# requires: 3.6
"""Raises where a debugger that waits for it stops: SIGTRAP tells it to begin."""

import os
import signal


def look_up():
    return {}["host"]


os.kill(os.getpid(), signal.SIGTRAP)
try:
    look_up()
except KeyError:
    pass
