/*
 * Opening a file that the debuggee named.
 *
 * Whoever owns the process chooses its file names, the links behind them and
 * what lies there; hognose often runs as root. So such a name is never given
 * to open(2). It is walked here, a folder at a time:
 *
 *      struct hog_files ─▶ hog_files_open ─▶ a descriptor, or why there is none
 *        root: /proc/PID/root        "/srv/app/x.py"
 *        rights: of the process          │
 *                                        ▼  each step openat(O_PATH | O_NOFOLLOW): opens nothing, follows nothing
 *                                   root ─▶ srv ─▶ app ─▶ x.py   links are read and walked, ".." ends at the root
 *
 * - It lies below the process's own root, in its own mounts. A link of /proc
 *   such as /proc/self/root is text like that of any other link.
 * - It is a regular file. A device or a pipe is seen to be one before it is opened.
 * - The process's own user may search each folder and read the file, by the
 *   kernel's rules: owner, group, others, access lists.
 * - It is not on a file system that a program of another user serves (FUSE):
 *   such a program can let its reader wait for ever.
 *
 * What the debugger itself may not read the kernel refuses, as ever. openat2(2)
 * could keep a path below the root, but asks with our rights, not the
 * process's; walking needs no kernel newer than 3.6.
 *
 * How it is used:
 *
 *      HOG_CLEANUP(hog_files_deinit) struct hog_files files = {0};
 *      HOG_CLOSE int file = -1;
 *      enum hog_file_refusal why;
 *
 *      hog_files_of_process(&files, process->pid);
 *      file = hog_files_open(&files, code->filename, &why);
 *      if (file < 0)
 *          … hog_file_refusal_words(why) …
 *
 * A `struct hog_files` stays good after the process has ended. It never fails
 * to be made: of a process that is gone it refuses every file.
 */
#ifndef HOG_FILES_FILES_H
#define HOG_FILES_FILES_H

#include "base/text.h"

#include <sys/stat.h>
#include <sys/types.h>

enum hog_file_refusal {
    HOG_FILE_OPENED,
    HOG_FILE_MISSING,     /* no such file here, or its name leads nowhere */
    HOG_FILE_NOT_REGULAR, /* a folder, a device, a pipe */
    HOG_FILE_NOT_THEIRS,  /* the process's user may not read it */
    HOG_FILE_FOREIGN,     /* behind a link that somebody else made */
    HOG_FILE_SERVED,      /* on a file system that a program of a user serves */
    HOG_FILE_TOO_LARGE,   /* hog_files_read: more than was asked for */
    HOG_FILE_NOT_OURS,    /* the kernel does not let us */
};

enum { FILES_GROUPS = 64, FILES_SERVED = 32 };

/* Whose files: a root to begin at, and the rights to look at them with. */
struct hog_files {
    bool made;
    int root;   /* O_PATH; -1: there is none, nothing is found */
    int folder; /* O_PATH; where relative names begin, -1: they are not found */
    uid_t user; /* the rights of the process on files */
    gid_t groups[FILES_GROUPS];
    size_t group_count;
    bool reads_all;             /* it may read whatever it likes (CAP_DAC_READ_SEARCH) */
    bool follows_all;           /* links of anybody; else only those of `user` and of root */
    dev_t served[FILES_SERVED]; /* file systems that programs of users serve */
    size_t served_count;
};

/* A live local process: its root, its current folder, its rights. */
void hog_files_of_process(struct hog_files *files, int64_t pid);
/*
 * A core file, a profile, a remote process: nobody vouches for names in it.
 * `path` is that file ("" none), `root` the folder below which the files lie
 * ("" is /). We read with our own rights; as root with those of the user to
 * whom `path` belongs, and where that is root, what everybody may read.
 * Relative names begin at our own current folder, if `root` is "".
 */
void hog_files_of_file(struct hog_files *files, const char *path, const char *root);
/* For files that are read only once they have proved to be those that are wanted (a build id): anybody's, through
 * any link. Regular files below the root they still must be. */
void hog_files_allow_all(struct hog_files *files);
void hog_files_deinit(struct hog_files *files);

/* A descriptor for reading, or -1 and why. Never waits for a writer, never becomes our terminal. */
int hog_files_open(const struct hog_files *files, const char *path, enum hog_file_refusal *ret_why);
/*
 * The same for a link of /proc that leads to what a process holds, whatever its name is by now: /proc/PID/exe. It is
 * not walked; that it is a regular file, and not served by a user's program, is looked at before it is opened.
 */
int hog_files_open_link(const struct hog_files *files, int folder, const char *name,
                        enum hog_file_refusal *ret_why);
/* All of a file of at most `most` bytes. False: why. `ret_about` may be NULL. */
bool hog_files_read(const struct hog_files *files, const char *path, size_t most, struct hog_text *ret_text,
                    struct stat *ret_about, enum hog_file_refusal *ret_why);
/* Is a file system with this number one that a program of a user serves? */
bool hog_files_is_served(const struct hog_files *files, dev_t device);
/* "the user of the process may not read it"; for a sentence in brackets or after a colon. */
const char *hog_file_refusal_words(enum hog_file_refusal why);

#endif
