"""gdb's text user interface (gdb -tui), which is left while the process runs.

It has the terminal in a mode of its own, and keeps what is said of stops that are ours: it would draw that again. So
it is left for a run, and there again as soon as something is said to the user.
"""

import os

from . import target


class Tui:
    def __init__(self):
        self._is_shown = os.isatty(1) and "not active" not in target.told("info win")
        self._left = False

    def leave(self):
        if self._is_shown and not self._left:
            self._left = True
            target.told("tui disable")

    def come_back(self):
        if self._left:
            self._left = False
            target.told("tui enable")
