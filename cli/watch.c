/* A command under watch; see watch.h. */
#define _GNU_SOURCE
#include "watch.h"
#include "host.h"
#include "several.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As timeout(1) has it. */
enum { STATUS_TIMED_OUT = 124, STATUS_CANNOT_RUN = 126, STATUS_NOT_FOUND = 127, KILL_SECONDS = 10 };

static const double USUAL_SECONDS = 300;

struct watch {
    double after;        /* seconds */
    const char *on_hang; /* commands of the table, separated by commas */
    bool kill;           /* ended after it has been shown */
    char **command;
    pid_t child;
    sigset_t passed; /* signals that are for the child */
};

static int usage(const char *wrong)
{
    if (wrong)
        fprintf(stderr, "hognose: %s\n", wrong);
    fprintf(wrong ? stderr : stdout,
            "Usage: hognose watch [OPTION]... -- COMMAND [WORD]...\n"
            "\n"
            "Run COMMAND. Signals are passed on to it, and its exit status is that of this\n"
            "program. When it is not done in time, show the Pythons among it and its\n"
            "descendants on standard error, and let it go on.\n"
            "\n"
            "Options:\n"
            "  -a, --after SECONDS      how long it may take: 300 unless given\n"
            "  -o, --on-hang COMMANDS   what to show: dump unless given; several with commas\n"
            "  -k, --kill               then end it; the exit status is 124\n"
            "  -h, --help               this text\n"
            "\n"
            "Examples:\n"
            "  hognose watch --after 600 -- pytest -x tests\n"
            "  hognose watch --after 60 --on-hang dump,threads --kill -- ./run-workers\n");
    return wrong ? 2 : 0;
}

/* The value of "--after 5", "--after=5", "-a 5"; NULL: it is another option. *at is moved behind it. */
static const char *value_of(char **words, size_t *at, const char *name, const char *letter)
{
    const char *word = words[*at];
    size_t length = strlen(name);

    if (strncmp(word, name, length) == 0 && word[length] == '=')
        return word + length + 1;
    if (strcmp(word, name) != 0 && strcmp(word, letter) != 0)
        return NULL;
    return words[*at + 1] ? words[++*at] : "";
}

/* -1: go on; else the exit status. */
static int parse(struct watch *watch, char **words)
{
    char *end;

    for (size_t at = 0; words[at]; at++) {
        const char *value;

        if (strcmp(words[at], "--") == 0) {
            watch->command = words + at + 1;
            break;
        }
        if (strcmp(words[at], "--help") == 0 || strcmp(words[at], "-h") == 0)
            return usage(NULL);
        if (strcmp(words[at], "--kill") == 0 || strcmp(words[at], "-k") == 0)
            watch->kill = true;
        else if ((value = value_of(words, &at, "--on-hang", "-o")))
            watch->on_hang = value;
        else if ((value = value_of(words, &at, "--after", "-a"))) {
            watch->after = strtod(value, &end);
            if (!*value || *end || !(watch->after > 0 && watch->after < 1e7))
                return usage("--after wants a number of seconds, such as 300");
        } else if (words[at][0] == '-')
            return usage("unknown option");
        else {
            watch->command = words + at;
            break;
        }
    }
    return watch->command && watch->command[0] ? -1 : usage("no command to run: it follows --");
}

static int start(struct watch *watch)
{
    sigset_t before;

    sigemptyset(&watch->passed);
    sigaddset(&watch->passed, SIGINT);
    sigaddset(&watch->passed, SIGTERM);
    sigaddset(&watch->passed, SIGHUP);
    sigaddset(&watch->passed, SIGQUIT);
    sigaddset(&watch->passed, SIGUSR1);
    sigaddset(&watch->passed, SIGUSR2);
    sigaddset(&watch->passed, SIGCHLD);
    sigprocmask(SIG_BLOCK, &watch->passed, &before);
    watch->child = fork();
    if (watch->child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(watch->command[0], watch->command);
        fprintf(stderr, "hognose: cannot run %s: %s\n", watch->command[0], strerror(errno));
        _exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
    }
    if (watch->child > 0)
        return -1;
    perror("hognose: fork");
    return 1;
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -1: it runs still. What the terminal sends to all of the foreground is not sent to the child twice. */
static int wait_until(struct watch *watch, double until)
{
    for (;;) {
        double left = until - now_seconds();
        struct timespec patience = {.tv_sec = (time_t)(left > 0 ? left : 0)};
        siginfo_t about;
        int status;

        patience.tv_nsec = left > 0 ? (long)((left - (double)patience.tv_sec) * 1e9) : 0;
        if (waitpid(watch->child, &status, WNOHANG) == watch->child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (left <= 0)
            return -1;
        if (sigtimedwait(&watch->passed, &about, &patience) < 0)
            continue;
        if (about.si_signo != SIGCHLD && about.si_code != SI_KERNEL)
            kill(watch->child, about.si_signo);
    }
}

/* Shown on standard error: standard output is the command's. */
static void show(const struct watch *watch)
{
    char pid[32];
    char *names = strdup(watch->on_hang);
    char *rest = names;
    const char *name;
    int screen = dup(STDOUT_FILENO);

    snprintf(pid, sizeof pid, "%d", (int)watch->child);
    fprintf(stderr, "hognose: %s is not done after %g seconds\n", watch->command[0], watch->after);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    while (names && (name = strsep(&rest, ","))) {
        char *words[] = {(char *)name, (char *)"--children", pid, NULL};
        struct targets targets = {0};
        struct line line;

        if (line_parse(&line, 3, words) == 0 && targets_find(&targets, &line) == 0)
            run_on_targets(&line, &targets);
        targets_deinit(&targets);
        line_deinit(&line);
        fflush(stdout);
    }
    dup2(screen, STDOUT_FILENO);
    close(screen);
    free(names);
}

static int end(struct watch *watch)
{
    kill(watch->child, SIGTERM);
    if (wait_until(watch, now_seconds() + KILL_SECONDS) < 0) {
        kill(watch->child, SIGKILL);
        waitpid(watch->child, NULL, 0);
    }
    return STATUS_TIMED_OUT;
}

int watch_run(int count, char **words)
{
    struct watch watch = {.after = USUAL_SECONDS, .on_hang = "dump"};
    int status = parse(&watch, words);

    (void)count;
    if (status >= 0)
        return status;
    status = start(&watch);
    if (status >= 0)
        return status;
    status = wait_until(&watch, now_seconds() + watch.after);
    if (status >= 0)
        return status;
    show(&watch);
    return watch.kill ? end(&watch) : wait_until(&watch, now_seconds() + 1e9);
}
