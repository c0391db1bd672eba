/*
 * py-top: py-sample, shown anew each second. On a terminal the screen is
 * drawn again; elsewhere the screens are collected while the process runs,
 * and shown when it stands still: it is not stopped for each.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/capture.h"
#include "command/theme.h"
#include "host/keyboard.h"
#include "host/terminal.h"
#include "show/paint.h"
#include "show/top_screen.h"

#include <string.h>
#include <unistd.h>

enum { ROWS_ELSEWHERE = 20, LINES_AROUND = 9, ROWS_MIN = 3, FILTER_BYTES = 64 };

/* Home, no line wraps; then what is left of the screen before is blanked, and lines wrap again. */
static const char screen_start[] = "\x1b[H\x1b[?7l";
static const char line_end[] = "\x1b[K\n";
static const char screen_end[] = "\x1b[J\x1b[?7h";
static const char lines_wrap[] = "\x1b[?7h";

static const double SECONDS_ELSEWHERE = 10;
static const double SCREEN_SECONDS = 1;
static const double KEY_SECONDS = 0.1; /* between two looks at the keyboard */
static const double LATE = 0.5;        /* seconds after the last screen: worth another one at the end */

struct top {
    struct capture capture;
    struct theme theme;
    struct terminal terminal;
    struct keyboard keyboard;
    enum hog_sort sort;
    struct hog_profile *before, *now; /* at the last screen but one, and at the last */
    struct hog_profile *since;        /* r was pressed then; NULL: never */
    char filter[FILTER_BYTES];
    bool typing, frozen, help, by_line;
    struct hog_profile_thread thread; /* its ids: that alone is shown, if `one_thread` */
    bool one_thread;
    struct hog_text screens; /* where there is no terminal */
    double shown_at;
    uint32_t shown;
    enum hog_status status;
};

static void top_deinit(struct top *top)
{
    capture_deinit(&top->capture);
    keyboard_close(&top->keyboard);
    terminal_close(&top->terminal);
    hog_profile_destroy(top->before);
    hog_profile_destroy(top->now);
    hog_profile_destroy(top->since);
    hog_text_deinit(&top->screens);
}

static void draw(const struct top *top, const struct hog_text *screen)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text drawn = {0};
    const char *line = paint_text(screen);

    hog_text_puts(&drawn, top->shown ? screen_start : "\x1b[2J\x1b[H\x1b[?7l");
    while (*line) {
        size_t length = strcspn(line, "\n");

        hog_text_append(&drawn, line, length);
        hog_text_puts(&drawn, line_end);
        line += length + (line[length] == '\n');
    }
    hog_text_puts(&drawn, screen_end);
    terminal_put(&top->terminal, &drawn);
}

static uint32_t rows_of(const struct top *top)
{
    unsigned lines, cells;

    if (!terminal_is_there(&top->terminal))
        return ROWS_ELSEWHERE;
    terminal_size(&top->terminal, &lines, &cells);
    return lines > LINES_AROUND + ROWS_MIN ? lines - LINES_AROUND : ROWS_MIN;
}

static void show(struct top *top, const struct hog_text *screen)
{
    if (terminal_is_there(&top->terminal)) {
        draw(top, screen);
        return;
    }
    hog_text_puts(&top->screens, top->shown ? "\n" : "");
    hog_text_append(&top->screens, paint_text(screen), screen->length);
}

static bool is_the_one(const struct top *top, const struct hog_profile_thread *thread)
{
    return thread->os_thread_id == top->thread.os_thread_id && thread->thread_id == top->thread.thread_id;
}

/* As the last profile knows it; NULL: all are shown. */
static const struct hog_profile_thread *shown_thread(const struct top *top)
{
    for (uint32_t i = 0; top->one_thread && i < top->now->thread_count; i++)
        if (is_the_one(top, &top->now->threads[i]))
            return &top->now->threads[i];
    return NULL;
}

/* What lies between the two profiles. */
static enum hog_status show_screen(struct top *top)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct top_screen screen = {.before = top->before,
                                      .now = top->now,
                                      .theme = &top->theme,
                                      .sort = top->sort,
                                      .threads = top->capture.result.stats.threads,
                                      .rows = rows_of(top),
                                      .help = top->help,
                                      .frozen = top->frozen,
                                      .by_line = top->by_line,
                                      .thread = shown_thread(top),
                                      .filter = top->filter,
                                      .typing = top->typing,
                                      .since = top->since,
                                      .keys = keyboard_is_there(&top->keyboard)};
    enum hog_status status = top_screen_put(&screen, &text);

    if (status == HOG_OK)
        show(top, &text);
    return status;
}

/* Takes the profile as it is now, and shows what is new in it. */
static enum hog_status next_screen(struct top *top)
{
    struct hog_profile *now = NULL;
    enum hog_status status = capture_profile(&top->capture, &now);

    if (status != HOG_OK)
        return status;
    hog_profile_destroy(top->before);
    top->before = top->now;
    top->now = now;
    /* how long a sample stands for is known better now, for those before too */
    top->before->info.interval = now->info.interval;
    status = show_screen(top);
    top->shown++;
    top->shown_at = hog_clock_monotonic();
    return status;
}

/* Into the filter; Enter ends it. */
static void type(struct top *top, char key)
{
    size_t length = strlen(top->filter);

    if (key == '\n' || key == '\r')
        top->typing = false;
    else if (key == '\x7f' || key == '\b')
        top->filter[length ? length - 1 : 0] = '\0';
    else if ((unsigned char)key >= ' ' && length + 1 < sizeof top->filter) {
        top->filter[length] = key;
        top->filter[length + 1] = '\0';
    }
}

static void reset(struct top *top)
{
    struct hog_profile *since = NULL;

    *top->filter = '\0';
    if (capture_profile(&top->capture, &since) != HOG_OK)
        return;
    hog_profile_destroy(top->since);
    top->since = since;
}

/* Of those that were sampled: the one after this in the profile's order; after the last, all. */
static void next_thread(struct top *top)
{
    const struct hog_profile *now = top->now;
    bool passed = !top->one_thread;

    top->one_thread = false;
    for (uint32_t i = 0; i < now->thread_count; i++) {
        const struct hog_profile_thread *thread = &now->threads[i];

        if (passed && thread->counts.kept) {
            top->thread.os_thread_id = thread->os_thread_id;
            top->thread.thread_id = thread->thread_id;
            top->one_thread = true;
            return;
        }
        passed |= is_the_one(top, thread);
    }
}

static void press(struct top *top, char key)
{
    switch (key) {
    case 'q':
        capture_end(&top->capture, "q was pressed");
        break;
    case ' ':
        top->frozen = !top->frozen;
        break;
    case '/':
        top->typing = true;
        *top->filter = '\0';
        break;
    case 'l':
        top->by_line = !top->by_line;
        break;
    case 'h':
        next_thread(top);
        break;
    case 'r':
        reset(top);
        break;
    case '?':
        top->help = !top->help;
        break;
    default:
        top_screen_sort_of_key(key, &top->sort);
    }
}

/* True: the screen looks otherwise now. */
static bool take_keys(struct top *top)
{
    bool any = false;
    char key;

    while ((key = keyboard_take(&top->keyboard))) {
        any = true;
        if (top->typing)
            type(top, key);
        else
            press(top, key);
    }
    return top->shown && any;
}

static void beat(struct capture *capture)
{
    struct top *top = capture->beat.context;
    bool is_due = hog_clock_monotonic() >= top->shown_at + SCREEN_SECONDS - KEY_SECONDS / 2;

    if (top->status != HOG_OK)
        return;
    /* not before: the debugger sets the terminal up for the run */
    if (!top->keyboard.is_open && terminal_is_there(&top->terminal))
        keyboard_open(&top->keyboard);
    if (take_keys(top) && (!is_due || top->frozen))
        top->status = show_screen(top);
    if (is_due && !top->frozen)
        top->status = next_screen(top);
    if (capture->options->times && top->shown >= capture->options->times)
        capture_end(capture, "that was the last screen");
    else if (top->status != HOG_OK)
        capture_end(capture, "memory is exhausted");
}

static double seconds_of(const struct top *top, const struct options *options)
{
    if (option_given(options, OPTION_DURATION))
        return options->duration;
    return terminal_is_there(&top->terminal) || options->times ? 0 : SECONDS_ELSEWHERE;
}

static enum hog_status open_top(struct top *top, struct hog_session *session, const struct options *options)
{
    enum hog_status status;

    top->theme = session_theme(session);
    terminal_open(&top->terminal, &session->host, STDOUT_FILENO);
    status = capture_open(&top->capture, session, options, seconds_of(top, options));
    if (status == HOG_OK)
        status = capture_profile(&top->capture, &top->now);
    top->sort = options->sort;
    top->shown_at = hog_clock_monotonic();
    top->capture.beat.call = beat;
    top->capture.beat.seconds = terminal_is_there(&top->terminal) ? KEY_SECONDS : SCREEN_SECONDS;
    top->capture.beat.context = top;
    return status;
}

/* What no beat has shown any more, and why it ended. */
static void put_end(struct top *top)
{
    const struct hog_host *host = &top->capture.session->host;
    HOG_CLEANUP(hog_text_deinit) struct hog_text last = {0};
    bool all = top->capture.options->times && top->shown >= top->capture.options->times;

    if (!all && (!top->shown || hog_clock_monotonic() - top->shown_at > LATE))
        top->status = next_screen(top);
    if (top->screens.length)
        host->write(host->self, HOG_STDOUT, top->screens.bytes, top->screens.length);
    hog_text_puts(&last, lines_wrap);
    terminal_put(&top->terminal, &last);
    hog_text_clear(&last);
    hog_text_puts(&last, "\nEnded: ");
    paint_name(&last, top->capture.result.ended, 0);
    hog_text_puts(&last, "; py-stats has the whole profile\n");
    if (!last.failed)
        host->write(host->self, HOG_STDOUT, last.bytes, last.length);
}

enum hog_status run_top(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(top_deinit) struct top top = {.terminal = {.file = -1}};
    enum hog_status status = open_top(&top, session, options);

    if (status == HOG_OK)
        status = capture_run(&top.capture);
    keyboard_close(&top.keyboard);
    if (status == HOG_OK)
        put_end(&top);
    if (status == HOG_OK)
        status = capture_finish(&top.capture);
    if (status == HOG_OK && top.status != HOG_OK)
        return hog_fail(&session->error, top.status, "not enough memory for a screen");
    return status;
}
