/* Writing to the terminal past the debugger; see terminal.h. */
#define _GNU_SOURCE
#include "host/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_LINES = 24, USUAL_CELLS = 80, PUT_MS = 100 };

void terminal_open(struct terminal *terminal, const struct hog_host *host, int file)
{
    terminal->file = -1;
    if (isatty(file) && host->wants_colour(host->self))
        terminal->file = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->file >= 0)
        close(terminal->file);
    terminal->file = -1;
}

bool terminal_is_there(const struct terminal *terminal)
{
    return terminal->file >= 0;
}

void terminal_size(const struct terminal *terminal, unsigned *ret_lines, unsigned *ret_cells)
{
    struct winsize size = {0};

    if (terminal->file >= 0 && ioctl(terminal->file, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    *ret_lines = size.ws_row ? size.ws_row : USUAL_LINES;
    *ret_cells = size.ws_col ? size.ws_col : USUAL_CELLS;
}

/* A terminal that was halted (Ctrl-S) takes nothing: it must not halt us. */
void terminal_put(const struct terminal *terminal, const struct hog_text *text)
{
    size_t done = 0;

    while (terminal->file >= 0 && done < text->length) {
        struct pollfd ready = {.fd = terminal->file, .events = POLLOUT};
        ssize_t written;

        if (poll(&ready, 1, PUT_MS) <= 0)
            return;
        written = write(terminal->file, text->bytes + done, text->length - done);
        if (written < 0 && errno != EINTR)
            return;
        done += written > 0 ? (size_t)written : 0;
    }
}
