/*
 * With whose rights files are looked at, and what these allow; see files.h.
 *
 * The kernel's own rules (fs/namei.c, acl_permission_check; fs/posix_acl.c): the
 * first class that fits decides, also when a later one would allow more.
 *
 *      owner ─▶ access list, if there is one ─▶ group ─▶ others
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/cursor.h"
#include "files/files_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

static const uid_t nobody = (uid_t)-1; /* owns no file: what everybody may */

enum { STATUS_MOST = 1 << 20, ACL_MOST = 4096 };

/*
 * Whose process it is.
 */

/* The line of /proc/PID/status after its name. NULL: there is none. */
static const char *line_of(const struct hog_text *status, const char *name)
{
    const char *at = strstr(status->bytes, name);

    return at ? at + strlen(name) : NULL;
}

static void add_group(struct hog_files *files, gid_t group)
{
    if (files->group_count < FILES_GROUPS)
        files->groups[files->group_count++] = group;
}

/* Is the process in our user namespace? Its capabilities reach no file elsewhere. */
static bool shares_users(int process)
{
    struct stat theirs, ours;

    return fstatat(process, "ns/user", &theirs, 0) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
           theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/*
 *      Uid:    1000    1000    1000    1000       real, effective, saved, of the file system
 *      Gid:    1000    1000    1000    1000
 *      Groups: 4 24 27 1000
 *      CapEff: 0000000000000000
 */
static bool take_rights(struct hog_files *files, int process)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text status = {0};
    const char *users, *groups, *more, *capable;
    unsigned user, group;
    uint64_t capabilities = 0;

    if (!files_slurp(process, "status", STATUS_MOST, &status))
        return false;
    users = line_of(&status, "\nUid:");
    groups = line_of(&status, "\nGid:");
    more = line_of(&status, "\nGroups:");
    capable = line_of(&status, "\nCapEff:");
    if (!users || !groups || sscanf(users, "%*u %*u %*u %u", &user) != 1 ||
        sscanf(groups, "%*u %*u %*u %u", &group) != 1)
        return false;
    files->user = user;
    add_group(files, group);
    for (char *end = NULL; more && *(more += strspn(more, " \t")) != '\n' && *more; more = end) {
        unsigned long number = strtoul(more, &end, 10);

        if (end == more)
            break;
        add_group(files, (gid_t)number);
    }
    if (capable && sscanf(capable, "%" SCNx64, &capabilities) == 1 && shares_users(process))
        files->reads_all =
            capabilities & (UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_DAC_OVERRIDE);
    return true;
}

void hog_files_of_process(struct hog_files *files, int64_t pid)
{
    HOG_CLOSE int process = -1;
    char path[64];

    *files = (struct hog_files){.made = true, .root = -1, .folder = -1, .user = nobody, .follows_all = true};
    snprintf(path, sizeof path, "/proc/%" PRId64, pid);
    process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (process < 0 || !take_rights(files, process))
        return;
    files_list_served(files, process);
    files->root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    files->folder = openat(process, "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void take_our_rights(struct hog_files *files)
{
    int count = getgroups(FILES_GROUPS, files->groups);

    files->user = geteuid();
    files->group_count = count > 0 ? (size_t)count : 0;
    add_group(files, getegid());
}

void hog_files_of_file(struct hog_files *files, const char *path, const char *root)
{
    HOG_CLOSE int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat about;

    *files = (struct hog_files){.made = true, .folder = -1, .user = nobody};
    if (geteuid() != 0)
        take_our_rights(files);
    else if (*path && stat(path, &about) == 0 && about.st_uid != 0)
        files->user = about.st_uid;
    if (self >= 0)
        files_list_served(files, self);
    files->root = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!*root)
        files->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void hog_files_allow_all(struct hog_files *files)
{
    files->reads_all = true;
    files->follows_all = true;
}

void hog_files_deinit(struct hog_files *files)
{
    if (files->made) {
        hog_cleanup_close(&files->root);
        hog_cleanup_close(&files->folder);
    }
    files->made = false;
}

/*
 * What it may.
 */

static bool in_group(const struct hog_files *files, gid_t group)
{
    for (size_t i = 0; i < files->group_count; i++)
        if (files->groups[i] == group)
            return true;
    return false;
}

/* Tags of an access list; linux/posix_acl.h */
enum { ACL_USER = 0x02, ACL_GROUP_OWNER = 0x04, ACL_GROUP = 0x08, ACL_MASK = 0x10, ACL_OTHER = 0x20 };

/*
 *      the attribute   | version 2 | tag | permissions | id | tag | …
 *                        4           2     2             4
 *
 * False: it says nothing of this user, which can only be if it is damaged.
 */
static bool list_allows(const struct hog_files *files, const struct stat *about, const void *bytes,
                        size_t length, unsigned wanted)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, length);
    unsigned user = 0, others = 0, mask = 7;
    bool is_named = false, is_in_group = false, group_allows = false;

    (void)hog_cursor_u32(&cursor);
    while (hog_cursor_left(&cursor) >= 8) {
        uint32_t head = hog_cursor_u32(&cursor);
        uint32_t id = hog_cursor_u32(&cursor);
        unsigned tag = head & 0xffff, allowed = head >> 16;

        if (tag == ACL_USER && id == files->user) {
            is_named = true;
            user = allowed;
        } else if ((tag == ACL_GROUP && in_group(files, id)) ||
                   (tag == ACL_GROUP_OWNER && in_group(files, about->st_gid))) {
            is_in_group = true;
            group_allows = group_allows || (allowed & wanted) == wanted;
        } else if (tag == ACL_MASK) {
            mask = allowed;
        } else if (tag == ACL_OTHER) {
            others = allowed;
        }
    }
    if (is_named)
        return (user & mask & wanted) == wanted;
    return is_in_group ? group_allows && (mask & wanted) == wanted : (others & wanted) == wanted;
}

bool files_may(const struct hog_files *files, int file, const struct stat *about, unsigned wanted)
{
    unsigned char list[ACL_MOST];
    unsigned mode = about->st_mode;
    char path[64];
    ssize_t length;

    if (files->reads_all)
        return true;
    if (about->st_uid == files->user)
        return (mode >> 6 & wanted) == wanted;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    /* Where the group's bits, which are then the list's mask, allow nothing, the kernel does not look at it. */
    length = mode & S_IRWXG ? getxattr(path, "system.posix_acl_access", list, sizeof list) : 0;
    if (length > 0)
        return list_allows(files, about, list, (size_t)length, wanted);
    if (length < 0 && errno == ERANGE) /* longer than any that is in use: nobody knows what it forbids */
        return false;
    if (in_group(files, about->st_gid))
        return (mode >> 3 & wanted) == wanted;
    return (mode & wanted) == wanted;
}
