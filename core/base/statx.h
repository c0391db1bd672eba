/* statx(), which musl has since 1.2.5 alone. Include it in place of <sys/stat.h>, with _GNU_SOURCE defined. */
#ifndef HOG_BASE_STATX_H
#define HOG_BASE_STATX_H

#include <fcntl.h>
#include <sys/stat.h>

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#define statx(...) syscall(SYS_statx, __VA_ARGS__)
#endif

#endif
