/* What a file descriptor of a live local process is: a path, a pipe, a socket and its peer. */
#ifndef HOG_WAIT_FILES_H
#define HOG_WAIT_FILES_H

#include "wait/event_files.h"
#include "wait/reader.h"

enum file_kind { FILE_UNKNOWN, FILE_PLAIN, FILE_PIPE, FILE_SOCKET, FILE_EVENT };

struct file_words {
    enum file_kind kind;
    const char
        *text;      /* "/var/log/app.log", "a pipe", "10.0.0.7:5432", "a local socket /run/x"; NULL unknown */
    uint64_t inode; /* of a pipe or socket; 0 unknown */
    struct hog_event_file event; /* of FILE_EVENT */
};

/* Of a core or a remote process nothing is known. */
struct file_words file_of(struct waits_reader *reader, uint64_t descriptor);
/* The files that an epoll set watches, of which the first `most` are stored; negative: unknown. */
int epoll_watched(struct waits_reader *reader, uint64_t descriptor, int32_t *ret_descriptors, int most);
/* Locks of other processes on a file that the process has open by this name, as /proc/locks has them. */
struct file_locks {
    bool open;
    int64_t writer,
        reader; /* a process with a lock that keeps all others away, and one that keeps writers away; 0 none */
};
struct file_locks file_foreign_locks(const struct waits_reader *reader, const char *name);
/* The process that took a lock on the file that live process `pid` has as `descriptor`, by /proc/locks; 0 unknown. */
int64_t file_lock_holder(int64_t pid, uint64_t descriptor);

#endif
