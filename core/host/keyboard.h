/*
 * Single keys, while the process runs and the debugger waits for it: the
 * terminal hands them over without Enter and does not show them. Ctrl-C stays
 * the debugger's.
 *
 * A process that was started on the same terminal may own it while it runs:
 * then there are no keys.
 */
#ifndef HOG_HOST_KEYBOARD_H
#define HOG_HOST_KEYBOARD_H

#include <stdbool.h>
#include <termios.h>

struct keyboard {
    bool is_open;
    struct termios before;
};

/* On standard input, where that is a terminal. */
void keyboard_open(struct keyboard *keyboard);
/* As it was. */
void keyboard_close(struct keyboard *keyboard);

/* Are keys heard at this moment? */
bool keyboard_is_there(const struct keyboard *keyboard);
/* The next key that was pressed; 0 none. Never waits. */
char keyboard_take(const struct keyboard *keyboard);

#endif
