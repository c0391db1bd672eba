"""gevent: a patched thread, which is a greenlet, stands in C that was called by Python that C called.

argv: TRUTH. Needs gevent. The main greenlet waits for it, so that it runs on the C stack of the hub, and so of main.
"""

from gevent import monkey

monkey.patch_all()

import ctypes
import json
import os
import sys
import threading


class Named(threading.Thread):
    """Its name is worked out."""

    @property
    def name(self):
        return "worked out"

    @name.setter
    def name(self, value):
        self._name = value


def stand():
    ctypes.CDLL(None).pause()


def key(_):
    return stand()


def work():
    sorted([1], key=key)


def main():
    truth = sys.argv[1]
    with open(truth + ".new", "w") as file:
        json.dump({"pid": os.getpid()}, file)
    os.rename(truth + ".new", truth)
    thread = Named(target=work)
    thread.start()
    thread.join()


main()
