"""A service that is slow: most of its time goes into a checksum that is written in Python. Runs until it is killed."""

import json
import threading
import time


def encode(message):
    return json.dumps(message)


def checksum(text):
    total = 0
    for character in text:
        total = (total * 31 + ord(character)) % 65521
    return total


def handle(number):
    message = {"number": number, "lines": ["word " * 8] * 40, "sizes": list(range(200))}
    return checksum(encode(message))


def serve():
    number = 0
    while True:
        handle(number)
        number += 1


def wait_for_mail():
    while True:
        time.sleep(0.01)


if __name__ == "__main__":
    threading.Thread(target=wait_for_mail, name="mail", daemon=True).start()
    serve()
