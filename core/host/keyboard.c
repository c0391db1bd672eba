/* See keyboard.h. */
#define _GNU_SOURCE
#include "host/keyboard.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* Who reads from or sets up a terminal of others would be stopped for it. */
static bool is_ours(void)
{
    pid_t owner = tcgetpgrp(STDIN_FILENO);

    return owner < 0 || owner == getpgrp();
}

static bool set_up(const struct termios *wanted)
{
    sigset_t output, before;
    bool done;

    sigemptyset(&output);
    sigaddset(&output, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &output, &before);
    done = tcsetattr(STDIN_FILENO, TCSANOW, wanted) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}

void keyboard_open(struct keyboard *keyboard)
{
    struct termios wanted;

    keyboard->is_open = false;
    if (!isatty(STDIN_FILENO) || !is_ours() || tcgetattr(STDIN_FILENO, &keyboard->before) != 0)
        return;
    wanted = keyboard->before;
    wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    wanted.c_cc[VMIN] = 0;
    wanted.c_cc[VTIME] = 0;
    keyboard->is_open = set_up(&wanted);
}

void keyboard_close(struct keyboard *keyboard)
{
    if (keyboard->is_open)
        set_up(&keyboard->before);
    keyboard->is_open = false;
}

bool keyboard_is_there(const struct keyboard *keyboard)
{
    return keyboard->is_open && is_ours();
}

char keyboard_take(const struct keyboard *keyboard)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;

    if (!keyboard_is_there(keyboard) || poll(&ready, 1, 0) != 1 || !(ready.revents & POLLIN))
        return 0;
    return read(STDIN_FILENO, &key, 1) == 1 ? key : 0;
}
