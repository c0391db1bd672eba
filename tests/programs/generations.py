"""Threads that are no more, and what they leave behind.

A hundred threads start and end before the ones that stay, so that thread states were freed and
allocated anew, idents were reused, and the list of threads is not in the order of creation. A
dead thread's frames must not be shown, nor its name for a new thread with the same ident.
"""

import _thread
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

gate = threading.Lock()
idents = []


def short_life():
    idents.append(_thread.get_ident())


def long_life():
    truth.note_thread()
    idents.append(_thread.get_ident())
    gate.acquire()


def end_of_a_generation(number):
    threads = [threading.Thread(target=short_life, name="dead-%d-%d" % (number, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def renamed():
    threading.current_thread().name = "named late"
    long_life()


def count_reused_idents(found):
    found["idents_reused"] = len(idents) - len(set(idents))


def main():
    report = truth.Report(sys.argv[1])
    gate.acquire()
    for number in range(25):
        end_of_a_generation(number)
        if number % 10 == 5:
            threading.Thread(target=long_life, name="survivor-%d" % number, daemon=number > 10).start()
    threading.Thread(target=renamed, name="named early").start()
    threading.Thread(target=long_life, daemon=True).start()
    report.when_still(threads=5, finish=count_reused_idents)
    gate.acquire()


main()
