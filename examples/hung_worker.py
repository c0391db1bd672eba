"""A mail worker that hangs: two threads wait for a lock that a third one holds, while that waits for a peer."""

import queue
import socket
import sys
import threading

mailbox_lock = threading.Lock()
outgoing = queue.Queue()


class Sender(threading.Thread):
    def __init__(self, number):
        super().__init__(name="sender-%d" % number, daemon=True)

    def run(self):
        while True:
            self.deliver("message")

    def deliver(self, message):
        with mailbox_lock:
            outgoing.put(message)


class Archiver(threading.Thread):
    def __init__(self, connection, holds_lock):
        super().__init__(name="archiver", daemon=True)
        self.connection = connection
        self.holds_lock = holds_lock

    def run(self):
        with mailbox_lock:
            self.holds_lock.set()
            self.wait_for_reply()

    def wait_for_reply(self):
        return self.connection.recv(1)  # the peer never answers


def main():
    ours, peer = socket.socketpair()
    holds_lock = threading.Event()
    Archiver(ours, holds_lock).start()
    holds_lock.wait()
    senders = [Sender(number) for number in (1, 2)]
    for sender in senders:
        sender.start()
    print("hung", flush=True)
    for sender in senders:
        sender.join()
    peer.close()


if __name__ == "__main__":
    sys.exit(main())
