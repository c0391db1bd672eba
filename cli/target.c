/* Which processes and core files are meant; see target.h. */
#define _GNU_SOURCE
#include "target.h"

#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMAND_LINE = 4096, MOST_TARGETS = 100000 };

static bool add(struct targets *targets, struct target target)
{
    for (size_t i = 0; target.pid && i < targets->count; i++)
        if (targets->items[i].pid == target.pid)
            return true;
    if (targets->count == targets->capacity) {
        size_t capacity = targets->capacity ? 2 * targets->capacity : 16;
        struct target *grown = realloc(targets->items, capacity * sizeof *grown);

        if (!grown || targets->count == MOST_TARGETS) {
            fprintf(stderr, "hognose: not enough memory for so many processes\n");
            return false;
        }
        targets->items = grown;
        targets->capacity = capacity;
    }
    targets->items[targets->count++] = target;
    return true;
}

/*
 * Processes of the machine.
 */

struct process {
    int64_t pid, parent;
};

struct table {
    struct process *items;
    size_t count;
};

/* The bytes of a small file of /proc; -1: it cannot be read. */
static ssize_t read_proc(int64_t pid, const char *name, char *ret_bytes, size_t size)
{
    char path[64];
    FILE *file;
    size_t got;

    snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, name);
    file = fopen(path, "re");
    if (!file)
        return -1;
    got = fread(ret_bytes, 1, size - 1, file);
    fclose(file);
    ret_bytes[got] = '\0';
    return (ssize_t)got;
}

/* False: it is gone, or dead and waits to be collected. */
static bool read_parent(int64_t pid, int64_t *ret_parent)
{
    char text[512];
    const char *close;
    long long parent;
    char state;

    if (read_proc(pid, "stat", text, sizeof text) <= 0)
        return false;
    close = strrchr(text, ')');
    if (!close || sscanf(close + 1, " %c %lld", &state, &parent) != 2 || state == 'Z' || state == 'X')
        return false;
    *ret_parent = parent;
    return true;
}

static int by_pid(const void *one, const void *other)
{
    const struct process *a = one, *b = other;

    return (a->pid > b->pid) - (a->pid < b->pid);
}

static void read_table(struct table *table)
{
    DIR *listing = opendir("/proc");
    const struct dirent *entry;
    size_t room = 0;

    *table = (struct table){0};
    while (listing && (entry = readdir(listing))) {
        struct process process = {.pid = isdigit((unsigned char)entry->d_name[0]) ? atoll(entry->d_name) : 0};

        if (!process.pid || !read_parent(process.pid, &process.parent))
            continue;
        if (table->count == room) {
            size_t capacity = room ? 2 * room : 256;
            struct process *grown = realloc(table->items, capacity * sizeof *grown);

            if (!grown)
                break;
            table->items = grown;
            room = capacity;
        }
        table->items[table->count++] = process;
    }
    if (listing)
        closedir(listing);
    if (table->items)
        qsort(table->items, table->count, sizeof *table->items, by_pid);
}

/* A process that has no Python in it is none that a tree of them is asked for: a shell, a launcher. */
static bool looks_like_python(int64_t pid)
{
    char path[64];
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%lld/maps", (long long)pid);
    file = fopen(path, "re");
    while (file && !found && getline(&line, &room, file) > 0)
        found = strcasestr(line, "python") || strstr(line, "/_socket") || strstr(line, "uwsgi");
    free(line);
    if (file)
        fclose(file);
    return found;
}

static bool add_tree(struct targets *targets, const struct table *table, int64_t pid, bool is_root)
{
    if (is_root || looks_like_python(pid))
        if (!add(targets, (struct target){.pid = pid}))
            return false;
    for (size_t i = 0; i < table->count; i++)
        if (table->items[i].parent == pid && table->items[i].pid != pid &&
            !add_tree(targets, table, table->items[i].pid, false))
            return false;
    return true;
}

/* Does a name or a word of the command line match? "train.py" matches "python3 /srv/train.py --epochs 3". */
static bool is_named(int64_t pid, const char *pattern)
{
    char words[COMMAND_LINE];
    ssize_t length = read_proc(pid, "cmdline", words, sizeof words);

    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(words + at) + 1) {
        const char *slash = strrchr(words + at, '/');

        if (fnmatch(pattern, words + at, 0) == 0 || (slash && fnmatch(pattern, slash + 1, 0) == 0))
            return true;
    }
    if (read_proc(pid, "comm", words, sizeof words) <= 0)
        return false;
    words[strcspn(words, "\n")] = '\0';
    return fnmatch(pattern, words, 0) == 0;
}

/* Is it us, or who started us: a shell whose command line holds the pattern? */
static bool is_ancestor(int64_t pid)
{
    int64_t at = getpid();

    for (int depth = 0; at > 1 && depth < 64; depth++) {
        if (at == pid)
            return true;
        if (!read_parent(at, &at))
            return false;
    }
    return false;
}

static int find_named(struct targets *targets, const char *pattern)
{
    struct table table;
    size_t before = targets->count;
    bool good = true;

    read_table(&table);
    for (size_t i = 0; good && i < table.count; i++)
        if (is_named(table.items[i].pid, pattern) && !is_ancestor(table.items[i].pid) &&
            looks_like_python(table.items[i].pid))
            good = add(targets, (struct target){.pid = table.items[i].pid});
    free(table.items);
    if (good && targets->count == before)
        fprintf(stderr, "hognose: no Python process is named \"%s\": ps -ef lists all processes\n", pattern);
    return good && targets->count > before ? 0 : 1;
}

static bool parse_pid(const char *word, int64_t *ret_pid)
{
    char *end;
    long long pid = strtoll(word, &end, 10);

    *ret_pid = pid;
    return isdigit((unsigned char)word[0]) && !*end && pid > 0 && pid <= INT_MAX;
}

static int find_children(struct targets *targets, const char *word)
{
    struct table table;
    int64_t pid, parent;
    bool good;

    if (!parse_pid(word, &pid) || !read_parent(pid, &parent)) {
        fprintf(stderr, "hognose: there is no process %s\n", word);
        return 1;
    }
    read_table(&table);
    good = add_tree(targets, &table, pid, looks_like_python(pid));
    free(table.items);
    if (good && !targets->count)
        fprintf(stderr, "hognose: neither process %s nor a child of it runs Python\n", word);
    return good && targets->count ? 0 : 1;
}

/* "db-3:2345" */
static bool is_address(const char *word)
{
    const char *colon = strrchr(word, ':');

    return colon && colon > word && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
           !strchr(word, '/');
}

static int find_word(struct targets *targets, const char *word)
{
    struct target target = {0};
    struct stat about;

    if (parse_pid(word, &target.pid))
        return add(targets, target) ? 0 : 1;
    target.pid = 0;
    if (stat(word, &about) == 0 || strchr(word, '/'))
        target.core = word;
    else if (is_address(word))
        target.remote = word;
    else {
        fprintf(
            stderr,
            "hognose: \"%s\" is not a process number, a file or HOST:PORT; to find a process by name: --name "
            "%s\n",
            word, word);
        return 2;
    }
    return add(targets, target) ? 0 : 1;
}

int targets_find(struct targets *targets, const struct line *line)
{
    int status = 0;

    *targets = (struct targets){0};
    for (size_t i = 0; i < line->target_count && status == 0; i++) {
        const struct target_word *word = &line->targets[i];

        if (word->kind == WORD_NAME)
            status = find_named(targets, word->word);
        else if (word->kind == WORD_CHILDREN)
            status = find_children(targets, word->word);
        else
            status = find_word(targets, word->word);
    }
    return status;
}

void targets_deinit(struct targets *targets)
{
    free(targets->items);
}
