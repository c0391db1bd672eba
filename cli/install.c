/* The debuggers' init files; see install.h. */
#define _GNU_SOURCE
#include "install.h"
#include "handoff.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGIN "# >>> hognose >>>"
#define END   "# <<< hognose <<<\n"
/* What uninstall has to know stands in the block's first line. */
#define NOTE_MADE    " (made this file)"
#define NOTE_NEWLINE " (ended the line before)"

enum { INIT_FILE_MOST = 16 << 20 };

/* One debugger: its file, and the line that loads the plugin. */
struct debugger {
    const char *name, *option, *file, *load;
};

static const struct debugger debuggers[] = {
    {"gdb", "--gdb", ".gdbinit", "source %s\n"},
    {"lldb", "--lldb", ".lldbinit", "plugin load \"%s\"\n"},
};

enum { DEBUGGERS = sizeof debuggers / sizeof *debuggers };

struct init_file {
    char path[PATH_MAX]; /* links resolved: a dotfile that is one stays one */
    char *text;          /* NUL-terminated; NULL: there is no file */
    size_t length;
    mode_t mode;
};

static bool fail(const char *path, const char *what)
{
    fprintf(stderr, "hognose: cannot %s %s: %s\n", what, path, strerror(errno));
    return false;
}

static bool find_file(const struct debugger *debugger, struct init_file *file)
{
    const char *home = getenv("HOME");
    char plain[PATH_MAX];

    if (!home || !*home) {
        fprintf(stderr, "hognose: HOME is not set, so there is no place for %s\n", debugger->file);
        return false;
    }
    if (snprintf(plain, sizeof plain, "%s/%s", home, debugger->file) >= (int)sizeof plain) {
        errno = ENAMETOOLONG;
        return fail(home, "use");
    }
    if (!realpath(plain, file->path)) {
        if (errno != ENOENT)
            return fail(plain, "read");
        memcpy(file->path, plain, sizeof plain);
    }
    return true;
}

static bool read_file(struct init_file *file)
{
    FILE *from = fopen(file->path, "re");
    struct stat about;
    bool good;

    file->mode = 0644;
    if (!from)
        return errno == ENOENT || fail(file->path, "read");
    good = fstat(fileno(from), &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= INIT_FILE_MOST;
    if (good) {
        file->mode = about.st_mode & 0777;
        file->text = calloc(1, (size_t)about.st_size + 1);
        good = file->text != NULL;
    }
    if (good) {
        file->length = fread(file->text, 1, (size_t)about.st_size, from);
        good = file->length == (size_t)about.st_size;
    }
    fclose(from);
    return good || fail(file->path, "read");
}

/* All of it or none: under another name first. */
static bool write_file(const struct init_file *file, const char *const *parts, const size_t *lengths,
                       size_t count)
{
    char temporary[PATH_MAX + 16];
    int descriptor;
    FILE *to;
    bool good;

    snprintf(temporary, sizeof temporary, "%s.XXXXXX", file->path);
    descriptor = mkostemp(temporary, 02000000 /* O_CLOEXEC */);
    to = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (!to)
        return fail(file->path, "write");
    good = fchmod(descriptor, file->mode) == 0;
    for (size_t i = 0; i < count; i++)
        good = good && fwrite(parts[i], 1, lengths[i], to) == lengths[i];
    good = good && fflush(to) == 0 && fsync(descriptor) == 0;
    good = fclose(to) == 0 && good && rename(temporary, file->path) == 0;
    if (!good) {
        fail(file->path, "write");
        unlink(temporary);
    }
    return good;
}

/* Where our block stands, with the line's end that we had to add before it. False: it is not there. */
static bool find_block(const struct init_file *file, size_t *ret_begin, size_t *ret_end)
{
    char *begin = file->text ? strstr(file->text, BEGIN) : NULL;
    char *end = begin ? strstr(begin, END) : NULL;

    if (!file->text || !end)
        return false;
    *ret_begin = (size_t)(begin - file->text);
    *ret_end = (size_t)(end - file->text) + strlen(END);
    if (*ret_begin && strncmp(begin + strlen(BEGIN), NOTE_NEWLINE, strlen(NOTE_NEWLINE)) == 0)
        --*ret_begin;
    return true;
}

/* Does the block say that we made the file? */
static bool was_made(const struct init_file *file, size_t begin)
{
    return strncmp(file->text + begin + strlen(BEGIN), NOTE_MADE, strlen(NOTE_MADE)) == 0;
}

/* `text` without the block. */
static void cut(struct init_file *file, size_t begin, size_t end)
{
    memmove(file->text + begin, file->text + end, file->length - end + 1);
    file->length -= end - begin;
}

/* `asked`: it is this debugger that was asked for, not both. */
static bool install(const struct debugger *debugger, bool asked)
{
    struct init_file file = {0};
    const char *left_out = handoff_left_out(debugger->name);
    char *plugin, *resolved, *load = NULL, *block = NULL;
    size_t begin, end;
    bool made, unended, good;

    if (left_out && !asked) {
        printf("%s: this hognose has no %s plugin: %s\n", debugger->name, debugger->name, left_out);
        return true;
    }
    plugin = handoff_plugin(debugger->name);
    resolved = plugin ? realpath(plugin, NULL) : NULL;
    if (!resolved) {
        free(plugin);
        return false;
    }
    good = find_file(debugger, &file) && read_file(&file);
    made = !file.text;
    if (good && file.text && find_block(&file, &begin, &end)) {
        made = was_made(&file, begin);
        cut(&file, begin, end);
    }
    unended = file.text && file.length && file.text[file.length - 1] != '\n';
    good = good && asprintf(&load, debugger->load, resolved) > 0 &&
           asprintf(&block, "%s" BEGIN "%s\n%s" END, unended ? "\n" : "",
                    unended ? NOTE_NEWLINE
                    : made  ? NOTE_MADE
                            : "",
                    load) > 0;
    if (good) {
        const char *const parts[] = {file.text ? file.text : "", block};
        const size_t lengths[] = {file.length, strlen(block)};

        good = write_file(&file, parts, lengths, 2);
    }
    if (good)
        printf("%s: %s loads %s\n", debugger->name, file.path, resolved);
    free(load);
    free(block);
    free(file.text);
    free(plugin);
    free(resolved);
    return good;
}

static bool uninstall(const struct debugger *debugger, bool asked)
{
    struct init_file file = {0};
    size_t begin, end;
    bool good = find_file(debugger, &file) && read_file(&file);

    (void)asked; /* an earlier hognose may have had a plugin that this one has not */
    if (good && !find_block(&file, &begin, &end)) {
        printf("%s: nothing of hognose's in %s\n", debugger->name, file.path);
    } else if (good) {
        bool made = was_made(&file, begin);

        cut(&file, begin, end);
        if (made && !file.length) {
            good = unlink(file.path) == 0 || fail(file.path, "remove");
        } else {
            const char *const part = file.text;

            good = write_file(&file, &part, &file.length, 1);
        }
        if (good)
            printf("%s: %s is again what it was before\n", debugger->name, file.path);
    }
    free(file.text);
    return good;
}

static int usage(const char *command, const char *wrong)
{
    if (wrong)
        fprintf(stderr, "hognose: %s does not know \"%s\"\n", command, wrong);
    fprintf(wrong ? stderr : stdout,
            "Usage: hognose install [--gdb] [--lldb]\n"
            "       hognose uninstall [--gdb] [--lldb]\n"
            "\n"
            "Let gdb and lldb load the py-* commands when they start: a marked block in\n"
            "~/.gdbinit and ~/.lldbinit. uninstall takes it out again, and leaves the files\n"
            "byte for byte as they were.\n"
            "\n"
            "Options:\n"
            "      --gdb, --lldb        only this one; both unless given\n"
            "  -h, --help               this text\n");
    return wrong ? 2 : 0;
}

static int run(const char *command, bool (*act)(const struct debugger *debugger, bool asked), char **words)
{
    bool chosen[DEBUGGERS] = {false}, any = false;
    int status = 0;

    for (; *words; words++) {
        bool known = false;

        if (strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0)
            return usage(command, NULL);
        for (size_t i = 0; i < DEBUGGERS; i++)
            if (strcmp(*words, debuggers[i].option) == 0)
                known = any = chosen[i] = true;
        if (!known)
            return usage(command, *words);
    }
    for (size_t i = 0; i < DEBUGGERS; i++)
        if (chosen[i] || !any)
            status |= !act(&debuggers[i], any);
    return status;
}

int install_run(int count, char **words)
{
    (void)count;
    return run("install", install, words);
}

int uninstall_run(int count, char **words)
{
    (void)count;
    return run("uninstall", uninstall, words);
}
