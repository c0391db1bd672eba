/* py-top, and what py-sample shows while the process runs: on a terminal, and elsewhere. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "test_command_python.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <termios.h>

static void test_top(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, busy);
    out = run(fixture, "py-top", "--count 2");
    must_have(out, "Self %  Total %  Self s  Total s  Function");
    must_have(out, "GIL held ");
    must_have(strstr(out, "GIL held ") + 1, "GIL held ");
    must_have(out, "spin ");
    must_have(out, "\nEnded: that was the last screen; py-stats has the whole profile\n");
    assert_int_equal(fixture->fake.runs, 1);
    assert_int_equal(state_of(fixture), 'T');
    out = run(fixture, "py-top", "-d 0.3 --sort name --idle");
    must_have(out, "sleeper ");
    must_have(out, "\nEnded: the time was up");
    must_have(run(fixture, "py-stats", "top"), "sleeper ");
}

/*
 * A terminal in place of one of our own files.
 */
struct pty {
    int master, file, original;
};

static struct pty pty_begin(struct fixture *fixture, int file)
{
    struct pty pty = {
        .master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), .file = file, .original = dup(file)};
    char name[64];
    int slave;

    fflush(stdout);
    fixture->fake.colour = true;
    assert_true(pty.master >= 0 && grantpt(pty.master) == 0 && unlockpt(pty.master) == 0);
    assert_int_equal(ptsname_r(pty.master, name, sizeof name), 0);
    slave = open(name, O_RDWR | O_NOCTTY);
    assert_true(slave >= 0 && dup2(slave, file) == file);
    close(slave);
    return pty;
}

/* What was written to it. */
static char *pty_end(struct pty *pty)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    char bytes[4096];
    ssize_t length;

    while ((length = read(pty->master, bytes, sizeof bytes)) > 0)
        hog_text_append(&text, bytes, (size_t)length);
    dup2(pty->original, pty->file);
    close(pty->original);
    close(pty->master);
    return strdup(text.bytes ? text.bytes : "");
}

static void test_progress(void **state)
{
    struct fixture *fixture = *state;
    HOG_FREE char *seen = NULL;
    struct pty pty;

    hold_python(fixture, busy);
    pty = pty_begin(fixture, STDERR_FILENO);
    run(fixture, "py-sample", "-d 1.3");
    run(fixture, "py-sample", "-d 1.3 --stop");
    seen = pty_end(&pty);
    must_have(seen, "\r1 s of 1.3  ");
    must_have(seen, " samples  0 dropped  ");
    must_have(strstr(seen, "\r1 s of 1.3") + 1, "\r1 s of 1.3  ");
    assert_string_equal(seen + strlen(seen) - strlen("\r\x1b[K"), "\r\x1b[K");
    must_not_have(fake_host_out(&fixture->fake), "\r");
}

static void test_top_on_terminal(void **state)
{
    struct fixture *fixture = *state;
    HOG_FREE char *seen = NULL;
    struct pty pty;

    hold_python(fixture, busy);
    pty = pty_begin(fixture, STDOUT_FILENO);
    run(fixture, "py-top", "--count 2");
    seen = pty_end(&pty);
    must_have(seen, "\x1b[2J\x1b[H");
    must_have(seen, "\x1b[H\x1b[?7l");
    must_have(seen, "spin ");
    assert_string_equal(seen + strlen(seen) - strlen("\x1b[?7h"), "\x1b[?7h");
    must_not_have(fake_host_out(&fixture->fake), "spin ");
    must_have(fake_host_out(&fixture->fake), "\nEnded: that was the last screen");
}

static void type(const struct pty *pty, const char *keys)
{
    assert_int_equal(write(pty->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void test_keys(void **state)
{
    struct fixture *fixture = *state;
    HOG_FREE char *seen = NULL;
    struct termios before, after;
    struct pty keyboard, screen;

    hold_python(fixture, busy);
    keyboard = pty_begin(fixture, STDIN_FILENO);
    screen = pty_begin(fixture, STDOUT_FILENO);
    assert_int_equal(tcgetattr(STDIN_FILENO, &before), 0);
    run(fixture, "py-top", "--count 1");
    type(&keyboard, "tlhxn");
    run(fixture, "py-top", "--count 1");
    type(&keyboard, "q");
    run(fixture, "py-top", "--count 20");
    assert_int_equal(tcgetattr(STDIN_FILENO, &after), 0);
    seen = pty_end(&screen);
    free(pty_end(&keyboard));
    must_have(
        seen,
        "Keys: s self*, t total, n name, l line, h thread, / filter, space freeze, r reset, ? help, q quit");
    must_have(seen, "Keys: s self, t total, n name*, l function, ");
    must_have(fake_host_out(&fixture->fake), "\nEnded: q was pressed; ");
    assert_int_equal(before.c_lflag, after.c_lflag);
}

/* Keys that were typed before, and what the next screen looks like. */
static void test_keys_one_by_one(void **state)
{
    static const struct {
        const char *keys, *words[3], *not_there;
    } cases[] = {
        {"?", {"  s t n  sort by self, total, name", "  q      end, as Ctrl-C does"}, "Self %"},
        {"??", {"Self %"}, "  q      end"},
        {"/spinx\x7f", {"Filter (Enter ends it): spin_", "spin "}, "light "},
        {"/\x7f\bspin\r", {"Filter: spin", "spin "}, "light "},
        {"/sleeper\n", {"Filter: sleeper", "(no function that was sampled passes the filter)"}, "spin "},
        {"/spin\n/", {"Filter (Enter ends it): _", "light "}, NULL},
        {"/spin\nr", {"light "}, "Filter"},
        {"ll", {"l line, "}, "l function"},
    };
    struct fixture *fixture = *state;
    struct pty keyboard, screen;
    struct termios raw;

    hold_python(fixture, busy);
    keyboard = pty_begin(fixture, STDIN_FILENO);
    assert_int_equal(tcgetattr(STDIN_FILENO, &raw), 0);
    cfmakeraw(&raw); /* or else the terminal itself takes what comes before a DEL out */
    assert_int_equal(tcsetattr(STDIN_FILENO, TCSANOW, &raw), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        HOG_FREE char *seen = NULL;
        char *last;

        screen = pty_begin(fixture, STDOUT_FILENO);
        type(&keyboard, cases[i].keys);
        run(fixture, "py-top", "--count 1");
        seen = pty_end(&screen);
        last = seen;
        for (char *next = seen; (next = strstr(next, "\x1b[H")); next++)
            last = next;
        for (size_t k = 0; k < 3 && cases[i].words[k]; k++)
            must_have(last, cases[i].words[k]);
        if (cases[i].not_there)
            must_not_have(last, cases[i].not_there);
    }
    free(pty_end(&keyboard));
}

/* Somebody who looks at the screen and presses keys when certain words stand there. */
struct user {
    int screen, keyboard;
    const char *const (*steps)[2]; /* words, keys; ends with NULL */
    struct hog_text seen;          /* since the last step */
};

static void *look_and_press(void *context)
{
    struct user *user = context;

    for (size_t step = 0; user->steps[step][0];) {
        struct pollfd waiting = {.fd = user->screen, .events = POLLIN};
        char bytes[4096];
        ssize_t length;

        if (poll(&waiting, 1, 20000) != 1)
            return NULL;
        length = read(user->screen, bytes, sizeof bytes);
        if (length > 0)
            hog_text_append(&user->seen, bytes, (size_t)length);
        if (!user->seen.length || !strstr(user->seen.bytes, user->steps[step][0]))
            continue;
        if (write(user->keyboard, user->steps[step][1], strlen(user->steps[step][1])) < 0)
            return NULL;
        hog_text_clear(&user->seen);
        step++;
    }
    return user;
}

/* One thread after the other, the screen frozen and going on: each is seen before the next key is pressed. */
static void test_keys_that_want_a_screen(void **state)
{
    static const char *const steps[][2] = {
        {"quit\x1b[K", "h"},
        {"Thread: ", "h"},
        {"Thread: ", "h"},
        {"spin ", " "},
        {"Frozen: space goes on.", " "},
        {"samples", "r"},
        {"samples", "/nothing\r"},
        {"passes the filter", "q"},
        {NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct pty keyboard, screen;
    struct user user = {.steps = steps};
    pthread_t thread;
    void *satisfied = NULL;

    hold_python(fixture, busy);
    keyboard = pty_begin(fixture, STDIN_FILENO);
    screen = pty_begin(fixture, STDOUT_FILENO);
    user.screen = screen.master;
    user.keyboard = keyboard.master;
    assert_int_equal(pthread_create(&thread, NULL, look_and_press, &user), 0);
    run(fixture, "py-top", "--count 30 --idle");
    pthread_join(thread, &satisfied);
    free(pty_end(&screen));
    free(pty_end(&keyboard));
    if (!satisfied)
        fail_msg("not seen: %s", user.seen.length ? user.seen.bytes : "");
    hog_text_deinit(&user.seen);
    must_have(fake_host_out(&fixture->fake), "\nEnded: q was pressed; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_top),  TEST(test_progress),        TEST(test_top_on_terminal),
        TEST(test_keys), TEST(test_keys_one_by_one), TEST(test_keys_that_want_a_screen)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
