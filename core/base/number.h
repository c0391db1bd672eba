/*
 * Numbers as the kernel writes them into the files of /proc, thousands of which
 * a command reads: strtoull() takes four times as long.
 */
#ifndef HOG_BASE_NUMBER_H
#define HOG_BASE_NUMBER_H

#include <stdint.h>

/* Digits of that base, 10 or 16, from `*at` on, which is moved behind them: unmoved, there are none. What is longer
 * than 64 bits wraps around. */
static inline uint64_t hog_number_take(const char **at, unsigned base)
{
    uint64_t number = 0;

    for (;; (*at)++) {
        unsigned digit = (unsigned char)**at - (unsigned)'0';

        if (digit > 9) {
            digit = ((unsigned char)**at | 0x20u) - (unsigned)'a';
            digit = digit < 6 ? digit + 10 : base;
        }
        if (digit >= base)
            return number;
        number = number * base + digit;
    }
}

#endif
