"""Two threads that take the same two locks in different order: a deadlock. Prints a line when it has come to it."""

import threading
import time

accounts = threading.Lock()
journal = threading.Lock()


def transfer(met):
    with accounts:
        met.wait()
        with journal:
            pass


def audit(met):
    with journal:
        met.wait()
        with accounts:
            pass


def main():
    met = threading.Barrier(3)  # so that each has its first lock before it wants its second
    threads = [
        threading.Thread(target=transfer, args=(met,), name="transfer"),
        threading.Thread(target=audit, args=(met,), name="audit"),
    ]
    for thread in threads:
        thread.start()
    met.wait()
    time.sleep(0.2)
    print("deadlocked", flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
