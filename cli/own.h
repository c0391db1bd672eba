/* The commands of this program alone: what the core's table of commands does not have. */
#ifndef HOG_CLI_OWN_H
#define HOG_CLI_OWN_H

#include <stddef.h>

struct own_command {
    const char *name, *words, *summary;
    int (*run)(int count, char **words); /* the words behind its name, NULL-terminated; the exit status */
};

/* At `index`, from 0 on. NULL: there are no more. */
const struct own_command *own_command(size_t index);

#endif
