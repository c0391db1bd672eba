"""A program whose time is in C: it sorts with a key of its own, over and over. Runs until it is killed."""


def key(number):
    return str(number)[::-1]


def sort_again(numbers):
    return sorted(numbers, key=key)


if __name__ == "__main__":
    while True:
        sort_again(range(20000))
