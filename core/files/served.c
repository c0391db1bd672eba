/*
 * File systems that a program of some user serves (FUSE): it can let whoever
 * looks at a file wait for ever, and not even SIGKILL ends that wait. What root
 * mounted is trusted as any other file system is.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "files/files_parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

enum { MOUNTS_MOST = 16 << 20 };

/*
 *      36 27 0:31 / /home/a/remote rw,nosuid - fuse.sshfs a@b:/ rw,user_id=1000,group_id=1000
 *            device                            type              user_id: who mounted it
 */
static bool is_served(const char *line, dev_t *ret_device)
{
    const char *type = strstr(line, " - fuse");
    const char *user = type ? strstr(type, "user_id=") : NULL;
    unsigned major, minor;

    if (!type || (type[7] != ' ' && type[7] != '.' && strncmp(type + 7, "blk ", 4) != 0) ||
        sscanf(line, "%*u %*u %u:%u", &major, &minor) != 2)
        return false;
    *ret_device = makedev(major, minor);
    return !user || strtoul(user + sizeof "user_id=" - 1, NULL, 10) != 0;
}

void files_list_served(struct hog_files *files, int process)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text mounts = {0};
    char *rest = NULL;

    if (!files_slurp(process, "mountinfo", MOUNTS_MOST, &mounts))
        return;
    for (char *line = strtok_r(mounts.bytes, "\n", &rest); line && files->served_count < FILES_SERVED;
         line = strtok_r(NULL, "\n", &rest)) {
        dev_t device;

        if (is_served(line, &device))
            files->served[files->served_count++] = device;
    }
}

bool hog_files_is_served(const struct hog_files *files, dev_t device)
{
    for (size_t i = 0; i < files->served_count; i++)
        if (files->served[i] == device)
            return true;
    return false;
}
