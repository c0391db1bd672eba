"""A batch job of some seconds: job.py as it is, job.py --fixed after its checksum was left to zlib."""

import json
import sys
import zlib


def checksum(text):
    total = 0
    for character in text:
        total = (total * 31 + ord(character)) % 65521
    return total


def fast_checksum(text):
    return zlib.adler32(text.encode())


def handle(number, check):
    message = {"number": number, "lines": ["word " * 8] * 40, "sizes": list(range(200))}
    return check(json.dumps(message))


def main():
    check = fast_checksum if "--fixed" in sys.argv[1:] else checksum
    print(sum(handle(number, check) for number in range(3000)))


if __name__ == "__main__":
    main()
