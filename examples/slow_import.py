"""A program that is slow to start: a module that it imports does its work at import time. Ends by itself."""

import os
import sys
import tempfile

PRICES = '''
"""Makes a table when it is imported, which nobody asked for yet."""


def price(number):
    return sum(digit * 7 % 11 for digit in map(int, str(number**20))) / 100


TABLE = {number: price(number) for number in range(200000)}
'''


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "shop"))
        for name, text in (("__init__", "from shop import prices\n"), ("prices", PRICES)):
            with open(os.path.join(folder, "shop", name + ".py"), "w") as file:
                file.write(text)
        sys.path.insert(0, folder)
        import shop

        print("%d prices" % len(shop.prices.TABLE))


if __name__ == "__main__":
    main()
