"""To be compiled by Nuitka: compiled TRUTH.

One thread waits in calls of its own, the main one works: heavy() three times what light() does.

Nobody runs the frames of such a program: Nuitka makes them, and says in each which line it is at.
"""

import json
import os
import sys
import threading
import time


def leaf(event):
    before = event
    event.wait()
    return before


class Waiter(threading.Thread):
    def run(self):
        self.step(3)

    def step(self, left):
        if left:
            self.step(left - 1)
        else:
            leaf(self.event)


def turn(rounds):
    total = 0
    for number in range(rounds):
        total += number * number % 7
    return total


def light():
    return turn(20000)


def heavy():
    return turn(60000)


def stack_of(frame):
    stack = []
    while frame:
        stack.append([frame.f_code.co_name, frame.f_lineno])
        frame = frame.f_back
    return stack


def waits(thread):
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == "wait" and stack_of(frame)[1][0] == "wait"


def main(path):
    waiter = Waiter(name="waiter", daemon=True)
    waiter.event = threading.Event()
    waiter.start()
    deadline = time.time() + 30
    while not waits(waiter) and time.time() < deadline:
        time.sleep(0.01)
    with open(path + ".tmp", "w") as file:
        json.dump({"pid": os.getpid(), "waiter": stack_of(sys._current_frames()[waiter.ident])}, file)
    os.rename(path + ".tmp", path)
    while True:
        light()
        heavy()


main(sys.argv[-1])
