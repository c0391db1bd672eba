/* Where FILE of --output lies; see output_place.h. */
#define _GNU_SOURCE
#include "host/output_place.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_ATTEMPTS = 100, PLACE_FLAGS = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };
/* Set-user-id bits are not handed on: the new file may get another owner. */
enum { PLACE_MODE = 0777 };

static bool keep_folder(struct output_place *place, const char *path)
{
    place->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    place->has_folder = place->folder >= 0;
    return place->has_folder;
}

/* Cuts "folder/name" in two. False: the name is too long, or is none. */
static bool cut(const char *path, char ret_folder[PATH_MAX], char ret_name[NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    if (strlen(path) + sizeof "/." > PATH_MAX || strlen(name) > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    /* With "/.": a link in the middle of a path, as it was one in the path itself. */
    snprintf(ret_folder, PATH_MAX, "%.*s.", slash ? (int)(slash - path) + 1 : 0, path);
    snprintf(ret_name, NAME_MAX + 1, "%s", name);
    return true;
}

/*
 * The file is open: where the kernel found it. Whoever may rename there could
 * have put another one in its place meanwhile; that one is left alone.
 */
static bool find_open(struct output_place *place, int file)
{
    char link[64], path[PATH_MAX], folder[PATH_MAX];
    struct stat there;
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    if (!cut(path, folder, place->name) || !keep_folder(place, folder))
        return false;
    if (fstatat(place->folder, place->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_dev == place->old.st_dev && there.st_ino == place->old.st_ino)
        return true;
    errno = ESTALE;
    return false;
}

/* The owner and the group are kept where we may, the mode last: until then nobody else can open it. */
static bool hand_on_mode(const struct output_place *place, int file)
{
    mode_t mode = place->old.st_mode & PLACE_MODE;
    struct stat now;

    if (fchown(file, place->old.st_uid, place->old.st_gid) != 0)
        (void)!fchown(file, (uid_t)-1, place->old.st_gid);
    if (fstat(file, &now) != 0)
        return false;
    if (now.st_gid != place->old.st_gid) /* another group: it may no more than everybody */
        mode = (mode & ~(mode_t)S_IRWXG) | ((mode & S_IRWXO) << 3 & mode);
    return fchmod(file, mode) == 0;
}

/* The kernel applies the umask to a new file; one that is replaced hands its mode on. */
static int open_temporary(struct output_place *place)
{
    bool replaces = place->old.st_nlink && !place->was_made;
    mode_t mode = replaces ? place->old.st_mode & S_IRWXU : 0666;
    int file = -1;

    for (int i = 0; i < PLACE_ATTEMPTS && file < 0; i++) {
        snprintf(place->temporary, sizeof place->temporary, ".%.200s.%d-%d.tmp", place->name, (int)getpid(),
                 i);
        file = openat(place->folder, place->temporary, PLACE_FLAGS | O_CREAT | O_EXCL, mode);
        if (file < 0 && errno != EEXIST)
            break;
    }
    if (file < 0)
        place->temporary[0] = '\0';
    if (file >= 0 && replaces && !hand_on_mode(place, file)) {
        int reason = errno;

        close(file);
        errno = reason;
        return -1;
    }
    return file;
}

/* `file`, which is there: a pipe is written to, a regular file is replaced. */
static int open_beside(struct output_place *place, int file)
{
    int reason, temporary = -1;

    if (fstat(file, &place->old) == 0) {
        if (!S_ISREG(place->old.st_mode))
            return file;
        if (find_open(place, file))
            temporary = open_temporary(place);
    }
    reason = errno;
    close(file);
    errno = reason;
    return temporary;
}

int output_place_open(struct output_place *place, const char *path)
{
    char folder[PATH_MAX], target[1];
    struct stat about;
    int file;

    *place = (struct output_place){.folder = -1};
    if (stat(path, &about) == 0) {
        /* O_CREAT makes nothing: with it the kernel refuses what it should (fs.protected_regular and _fifos). */
        bool is_file = S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode);

        file = open(path, PLACE_FLAGS | (is_file ? O_CREAT : 0), 0600);
        return file < 0 ? -1 : open_beside(place, file);
    }
    if (errno != ENOENT || !*path)
        return -1;
    if (readlink(path, target, sizeof target) > 0) {
        file = open(path, PLACE_FLAGS | O_CREAT, 0666);
        place->was_made = file >= 0;
        return file < 0 ? -1 : open_beside(place, file);
    }
    if (!cut(path, folder, place->name))
        return -1;
    if (!place->name[0]) {
        errno = EISDIR;
        return -1;
    }
    return keep_folder(place, folder) ? open_temporary(place) : -1;
}

bool output_place_rename(struct output_place *place)
{
    if (!place->temporary[0])
        return true;
    if (renameat(place->folder, place->temporary, place->folder, place->name) != 0)
        return false;
    place->temporary[0] = '\0';
    place->was_made = false;
    return true;
}

void output_place_deinit(struct output_place *place)
{
    struct stat there;

    if (place->temporary[0])
        unlinkat(place->folder, place->temporary, 0);
    if (place->was_made && place->has_folder &&
        fstatat(place->folder, place->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_dev == place->old.st_dev && there.st_ino == place->old.st_ino && there.st_size == 0)
        unlinkat(place->folder, place->name, 0);
    if (place->has_folder)
        close(place->folder);
    *place = (struct output_place){.folder = -1};
}
