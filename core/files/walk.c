/* The walk along a path of the debuggee; see files.h. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/statx.h"
#include "files/files_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

enum { WALK_DEPTH = 128, WALK_LINKS = 40, WALK_ROOM = 2 * PATH_MAX, MAY_READ = 4, MAY_SEARCH = 1 };

/*
 *      folders   root | srv | app       `rest`  x.py
 *                            depth 2
 */
struct walk {
    const struct hog_files *files;
    bool from_root;          /* folders[0] is the root, where ".." ends; else the current folder */
    int folders[WALK_DEPTH]; /* O_PATH; the first belongs to `files` */
    dev_t device;            /* of the last of them */
    size_t depth;
    unsigned links;
    char rest[WALK_ROOM]; /* what is still to be walked */
};

static void walk_back_to(struct walk *walk, size_t depth)
{
    for (; walk->depth > depth; walk->depth--)
        hog_cleanup_close(&walk->folders[walk->depth]);
}

static void walk_deinit(struct walk *walk)
{
    walk_back_to(walk, 0);
}

/* Without waiting for a server of the file system to say what is new. */
static bool look_at(int file, struct stat *ret_about)
{
    struct statx about;

    if (statx(file, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &about) != 0)
        return fstat(file, ret_about) == 0;
    *ret_about = (struct stat){.st_mode = about.stx_mode,
                               .st_uid = about.stx_uid,
                               .st_gid = about.stx_gid,
                               .st_dev = makedev(about.stx_dev_major, about.stx_dev_minor)};
    return true;
}

static enum hog_file_refusal begin(struct walk *walk, const char *path)
{
    struct stat about;

    walk_back_to(walk, 0);
    walk->from_root = path[0] == '/';
    walk->folders[0] = walk->from_root ? walk->files->root : walk->files->folder;
    if (walk->folders[0] < 0 || !look_at(walk->folders[0], &about))
        return HOG_FILE_MISSING;
    walk->device = about.st_dev;
    return hog_files_is_served(walk->files, about.st_dev) ? HOG_FILE_SERVED : HOG_FILE_OPENED;
}

/* Cuts the next name off `rest`. False: there is none. */
static bool next_name(struct walk *walk, char ret_name[NAME_MAX + 1], enum hog_file_refusal *ret_why)
{
    const char *at = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(at, "/");

    if (length > NAME_MAX)
        *ret_why = HOG_FILE_MISSING;
    if (!length || length > NAME_MAX)
        return false;
    memcpy(ret_name, at, length);
    ret_name[length] = '\0';
    memmove(walk->rest, at + length, strlen(at + length) + 1);
    return true;
}

static enum hog_file_refusal go_up(struct walk *walk)
{
    struct stat about;

    if (walk->depth == 0)
        return walk->from_root ? HOG_FILE_OPENED : HOG_FILE_MISSING;
    walk_back_to(walk, walk->depth - 1);
    if (!look_at(walk->folders[walk->depth], &about))
        return HOG_FILE_MISSING;
    walk->device = about.st_dev;
    return HOG_FILE_OPENED;
}

/* What the link says goes in front of what is still to be walked. */
static enum hog_file_refusal go_along(struct walk *walk, int link, const struct stat *about)
{
    const struct hog_files *files = walk->files;
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target);
    size_t rest = strlen(walk->rest);

    if (!files->follows_all && about->st_uid != 0 && about->st_uid != files->user)
        return HOG_FILE_FOREIGN;
    if (length <= 0 || length >= (ssize_t)sizeof target || ++walk->links > WALK_LINKS ||
        (size_t)length + rest + 2 > sizeof walk->rest)
        return HOG_FILE_MISSING;
    memmove(walk->rest + length + 1, walk->rest, rest + 1);
    memcpy(walk->rest, target, (size_t)length);
    walk->rest[length] = '/';
    return target[0] == '/' ? begin(walk, target) : HOG_FILE_OPENED;
}

static enum hog_file_refusal refused(int reason)
{
    return reason == ENOENT || reason == ENOTDIR || reason == ENAMETOOLONG ? HOG_FILE_MISSING
                                                                           : HOG_FILE_NOT_OURS;
}

/* The file is held already; this opens just that one, whatever has its name by now. */
static enum hog_file_refusal open_held(int held, const struct stat *about, int *ret_file)
{
    char path[64];

    if (!S_ISREG(about->st_mode))
        return HOG_FILE_NOT_REGULAR;
    snprintf(path, sizeof path, "/proc/self/fd/%d", held);
    *ret_file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return *ret_file < 0 ? refused(errno) : HOG_FILE_OPENED;
}

/* One name further: into a folder, along a link, or to the file itself. */
static enum hog_file_refusal step(struct walk *walk, const char *name, int *ret_file)
{
    int folder = walk->folders[walk->depth];
    HOG_CLOSE int held = -1;
    struct stat about, of_folder;

    if (!look_at(folder, &of_folder) || !S_ISDIR(of_folder.st_mode))
        return HOG_FILE_MISSING;
    if (!files_may(walk->files, folder, &of_folder, MAY_SEARCH))
        return HOG_FILE_NOT_THEIRS;
    if (strcmp(name, "..") == 0)
        return go_up(walk);
    held = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (held < 0)
        return refused(errno);
    if (!look_at(held, &about))
        return HOG_FILE_NOT_OURS;
    if (about.st_dev != walk->device && hog_files_is_served(walk->files, about.st_dev))
        return HOG_FILE_SERVED;
    if (S_ISLNK(about.st_mode))
        return go_along(walk, held, &about);
    if (!S_ISDIR(about.st_mode) && walk->rest[strspn(walk->rest, "/")])
        return HOG_FILE_MISSING;
    if (S_ISREG(about.st_mode) && !files_may(walk->files, held, &about, MAY_READ))
        return HOG_FILE_NOT_THEIRS;
    if (!S_ISDIR(about.st_mode))
        return open_held(held, &about, ret_file);
    if (walk->depth + 1 == WALK_DEPTH)
        return HOG_FILE_MISSING;
    walk->folders[++walk->depth] = hog_give_descriptor(&held);
    walk->device = about.st_dev;
    return HOG_FILE_OPENED;
}

int hog_files_open(const struct hog_files *files, const char *path, enum hog_file_refusal *ret_why)
{
    HOG_CLEANUP(walk_deinit) struct walk walk = {.files = files, .folders = {-1}};
    enum hog_file_refusal why = HOG_FILE_OPENED;
    char name[NAME_MAX + 1];
    int file = -1;

    if (!files->made || !*path || strlen(path) >= PATH_MAX) {
        *ret_why = HOG_FILE_MISSING;
        return -1;
    }
    snprintf(walk.rest, sizeof walk.rest, "%s", path);
    why = begin(&walk, path);
    while (why == HOG_FILE_OPENED && file < 0 && next_name(&walk, name, &why))
        if (strcmp(name, ".") != 0)
            why = step(&walk, name, &file);
    if (why == HOG_FILE_OPENED && file < 0)
        why = HOG_FILE_NOT_REGULAR;
    *ret_why = why;
    return file;
}

int hog_files_open_link(const struct hog_files *files, int folder, const char *name,
                        enum hog_file_refusal *ret_why)
{
    HOG_CLOSE int held = openat(folder, name, O_PATH | O_CLOEXEC);
    struct stat about;
    int file = -1;

    if (held < 0)
        *ret_why = refused(errno);
    else if (!look_at(held, &about))
        *ret_why = HOG_FILE_NOT_OURS;
    else if (hog_files_is_served(files, about.st_dev))
        *ret_why = HOG_FILE_SERVED;
    else
        *ret_why = open_held(held, &about, &file);
    return file;
}

bool hog_files_read(const struct hog_files *files, const char *path, size_t most, struct hog_text *ret_text,
                    struct stat *ret_about, enum hog_file_refusal *ret_why)
{
    HOG_CLOSE int file = hog_files_open(files, path, ret_why);
    struct stat about;
    char chunk[16 * 1024];
    ssize_t got = 1;

    if (file < 0)
        return false;
    *ret_why = fstat(file, &about) != 0                   ? HOG_FILE_NOT_OURS
               : (uint64_t)about.st_size > (uint64_t)most ? HOG_FILE_TOO_LARGE
                                                          : HOG_FILE_OPENED;
    if (*ret_why != HOG_FILE_OPENED)
        return false;
    /* No more than it was said to have: a file that grows as fast as it is read has no end. */
    for (size_t left = (size_t)about.st_size; left && got > 0; left -= (size_t)got) {
        got = read(file, chunk, left < sizeof chunk ? left : sizeof chunk);
        if (got > 0)
            hog_text_append(ret_text, chunk, (size_t)got);
        else
            got = got < 0 && errno == EINTR ? 1 : 0;
    }
    if (ret_about)
        *ret_about = about;
    return true;
}

const char *hog_file_refusal_words(enum hog_file_refusal why)
{
    switch (why) {
    case HOG_FILE_OPENED:
        return "";
    case HOG_FILE_MISSING:
        return "there is no such file here";
    case HOG_FILE_NOT_REGULAR:
        return "it is not a regular file";
    case HOG_FILE_NOT_THEIRS:
        return "the user of the process may not read it";
    case HOG_FILE_FOREIGN:
        return "a link of another user leads to it";
    case HOG_FILE_SERVED:
        return "it is on a file system that a user's program serves";
    case HOG_FILE_TOO_LARGE:
        return "it is larger than any source file";
    case HOG_FILE_NOT_OURS:
        return "the debugger may not read it";
    }
    return "";
}
