/* Debuggers that do the work; see handoff.h. */
#define _GNU_SOURCE
#include "handoff.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

/* Why a plugin was left out, which is the C library's doing. */
#ifdef __GLIBC__
#define WITHOUT "it was built without it"
#else
#define WITHOUT "it was built for musl; where there is a glibc, the manylinux wheel has it"
#endif

enum { WORDS_MOST = 40, LLDB_OLDEST = 14, LLDB_NEWEST = 40 };

/*
 * Where things are.
 */

/* The first that is there of what `pattern` names; NULL: none. */
static char *first_of(const char *pattern)
{
    glob_t found;
    char *path = NULL;

    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        path = strdup(found.gl_pathv[0]);
        globfree(&found);
    }
    return path;
}

/* A file that is installed beside this program, to be freed. */
static char *find_beside(const char *name)
{
    /* a build folder; an installation, whatever its libraries' folder is called; a wheel, in a venv, in a home
     * folder, as Debian has it, and with pip install --target */
    static const char *const places[] = {
        "",
        "../lib/hognose/",
        "../lib64/hognose/",
        "../lib/*-linux-gnu/hognose/",
        "../lib/python3*/site-packages/hognose/",
        "../lib64/python3*/site-packages/hognose/",
        "../lib/python3*/dist-packages/hognose/",
        "../hognose/",
    };
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash, *path = NULL;

    if (length <= 0)
        return NULL;
    program[length] = '\0';
    slash = strrchr(program, '/');
    for (size_t i = 0; slash && !path && i < sizeof places / sizeof *places; i++) {
        char *pattern;

        if (asprintf(&pattern, "%.*s/%s%s", (int)(slash - program), program, places[i], name) < 0)
            return NULL;
        path = first_of(pattern);
        free(pattern);
    }
    return path;
}

const char *handoff_left_out(const char *debugger)
{
#ifdef HOGNOSE_WITHOUT_GDB
    if (strcmp(debugger, "gdb") == 0)
        return WITHOUT;
#endif
#ifdef HOGNOSE_WITHOUT_LLDB
    if (strcmp(debugger, "lldb") == 0)
        return WITHOUT;
#endif
    (void)debugger;
    return NULL;
}

char *handoff_plugin(const char *debugger)
{
    const char *file = strcmp(debugger, "gdb") == 0 ? "hognose-gdb.py" : "hognose-lldb.so";
    const char *why = handoff_left_out(debugger);
    char *path = why ? NULL : find_beside(file);

    if (why)
        fprintf(stderr, "hognose: this hognose has no %s plugin: %s\n", debugger, why);
    else if (!path)
        fprintf(stderr, "hognose: %s is not beside this program: install all of hognose\n", file);
    return path;
}

static bool is_there(const char *program)
{
    const char *path = getenv("PATH");
    char whole[PATH_MAX];

    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    while (path && *path) {
        size_t length = strcspn(path, ":");

        snprintf(whole, sizeof whole, "%.*s/%s", (int)length, path, program);
        if (access(whole, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* "lldb", else the newest lldb-N. */
static bool find_lldb(char ret_name[32])
{
    snprintf(ret_name, 32, "lldb");
    if (is_there(ret_name))
        return true;
    for (int version = LLDB_NEWEST; version >= LLDB_OLDEST; version--) {
        snprintf(ret_name, 32, "lldb-%d", version);
        if (is_there(ret_name))
            return true;
    }
    return false;
}

static bool choose(const char *wanted, char ret_name[32], bool *ret_is_gdb)
{
    *ret_is_gdb = !wanted || strstr(wanted, "gdb");
    snprintf(ret_name, 32, "%s", wanted ? wanted : "gdb");
    if (wanted && strcmp(wanted, "lldb") != 0)
        return is_there(ret_name);
    if (*ret_is_gdb && is_there(ret_name))
        return true;
    if (wanted && *ret_is_gdb)
        return false;
    *ret_is_gdb = false;
    return find_lldb(ret_name);
}

static int no_debugger(const char *wanted)
{
    fprintf(
        stderr,
        "hognose: this takes a debugger, and %s is not here: install gdb or lldb, or leave out --native\n",
        wanted ? wanted : "neither gdb nor lldb");
    return 1;
}

/*
 * The debugger's command line.
 */

struct words {
    char *items[WORDS_MOST];
    size_t count;
};

static void add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct words *words, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (words->count + 1 < WORDS_MOST && vasprintf(&words->items[words->count], format, arguments) >= 0)
        words->count++;
    va_end(arguments);
}

static void words_deinit(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
}

/* Between two lines that nothing else prints stands what the command has printed. */
struct marks {
    char begin[48], end[48];
};

static void make_marks(struct marks *marks)
{
    unsigned long random = 0;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = (unsigned long)getpid();
    snprintf(marks->begin, sizeof marks->begin, "hognose-begin-%016lx", random);
    snprintf(marks->end, sizeof marks->end, "hognose-end-%016lx", random);
}

static void gdb_words(struct words *words, const struct line *line, const char *arguments,
                      const struct target *target, const char *plugin, const struct marks *marks)
{
    add(words, "-batch");
    add(words, "-nx");
    add(words, "-iex");
    add(words, "set debuginfod enabled off");
    if (target->pid > 0) {
        add(words, "-p");
        add(words, "%lld", (long long)target->pid);
    }
    if (target->core) {
        add(words, "-core");
        add(words, "%s", target->core);
    }
    if (target->remote) {
        add(words, "-ex");
        add(words, "target remote %s", target->remote);
    }
    add(words, "-ex");
    add(words, "source %s", plugin);
    add(words, "-ex");
    add(words, "echo %s\\n", marks->begin);
    add(words, "-ex");
    add(words, "%s %s", line->command.name, arguments);
}

static void lldb_words(struct words *words, const struct line *line, const char *arguments,
                       const struct target *target, const char *plugin, const struct marks *marks)
{
    add(words, "--batch");
    add(words, "--no-lldbinit");
    if (target->pid > 0) {
        add(words, "-p");
        add(words, "%lld", (long long)target->pid);
    }
    if (target->core) {
        add(words, "--core");
        add(words, "%s", target->core);
    }
    if (target->remote) {
        add(words, "-o");
        add(words, "gdb-remote %s", target->remote);
    }
    add(words, "-o");
    add(words, "plugin load %s", plugin);
    add(words, "-o");
    add(words, "script print('%s')", marks->begin);
    add(words, "-o");
    add(words, "%s %s", line->command.name, arguments);
}

/*
 * Its output.
 */

/* lldb shows each command as it is typed. */
static bool is_echo(const char *line)
{
    return strncmp(line, "(lldb) ", 7) == 0;
}

static bool put_between(FILE *from, const struct marks *marks)
{
    char *text = NULL;
    size_t room = 0;
    bool inside = false, met = false;

    while (getline(&text, &room, from) > 0) {
        if (!inside && strstr(text, marks->begin) && !is_echo(text))
            inside = met = true;
        else if (strncmp(text, "[Inferior ", 10) == 0 || strncmp(text, "Detaching from ", 15) == 0)
            inside = false;
        else if (inside && !is_echo(text))
            fputs(text, stdout);
    }
    free(text);
    fflush(stdout);
    return met;
}

/* What the command complains of; all that the debugger does where it did not get that far. */
static void put_errors(FILE *from, bool all)
{
    char *text = NULL;
    size_t room = 0;

    rewind(from);
    while (getline(&text, &room, from) > 0)
        if (all || strncmp(text, "py-", 3) == 0 || strncmp(text, "error: ", 7) == 0)
            fputs(text, stderr);
    free(text);
}

static int run_debugger(const char *name, struct words *words, const struct marks *marks)
{
    FILE *errors = tmpfile();
    int out[2], status;
    pid_t child;
    FILE *from;
    bool met;

    if (!errors || pipe(out) != 0) {
        fprintf(stderr, "hognose: no pipe to %s can be made\n", name);
        return 1;
    }
    child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(fileno(errors), STDERR_FILENO);
        close(out[0]);
        close(out[1]);
        execvp(name, words->items);
        _exit(127);
    }
    close(out[1]);
    from = fdopen(out[0], "r");
    met = child > 0 && from && put_between(from, marks);
    if (from)
        fclose(from);
    if (child < 0 || waitpid(child, &status, 0) < 0)
        status = 1;
    put_errors(errors, !met);
    fclose(errors);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && met ? 0 : 1;
}

int handoff_run(const struct line *line, const struct target *target)
{
    struct words words = {0};
    struct marks marks;
    char name[32];
    bool is_gdb;
    char *plugin, *arguments;
    int status;

    if (!choose(line->debugger, name, &is_gdb))
        return no_debugger(line->debugger);
    plugin = handoff_plugin(is_gdb ? "gdb" : "lldb");
    if (!plugin)
        return 1;
    arguments = line_arguments(line, false, line->output);
    if (!arguments) {
        free(plugin);
        return 1;
    }
    make_marks(&marks);
    add(&words, "%s", name);
    if (is_gdb)
        gdb_words(&words, line, arguments, target, plugin, &marks);
    else
        lldb_words(&words, line, arguments, target, plugin, &marks);
    words.items[words.count] = NULL;
    fflush(stdout);
    status = run_debugger(name, &words, &marks);
    words_deinit(&words);
    free(plugin);
    free(arguments);
    return status;
}

int handoff_become(const char *debugger, char **words)
{
    bool is_gdb = strcmp(debugger, "gdb") == 0;
    char *plugin = handoff_plugin(debugger);
    struct words first = {0};
    char name[32];
    size_t count = 0;
    char **all;

    if (!plugin)
        return 127;
    if (!choose(debugger, name, &is_gdb))
        return no_debugger(debugger) + 126;
    add(&first, "%s", name);
    add(&first, "%s", is_gdb ? "-iex" : "-O");
    add(&first, is_gdb ? "source %s" : "plugin load %s", plugin);
    while (words[count])
        count++;
    all = calloc(first.count + count + 1, sizeof *all);
    if (all) {
        memcpy(all, first.items, first.count * sizeof *all);
        memcpy(all + first.count, words, count * sizeof *all);
        execvp(name, all);
    }
    perror(name);
    return 127;
}
