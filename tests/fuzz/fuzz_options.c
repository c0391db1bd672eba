/*
 * Fuzzes the command line of each command by itself: nothing is run, so that
 * options with files and cores are parsed, too.
 *
 *     byte 0: the command; the rest: what stands behind its name
 */
#include "command/command.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"py-dump", "py-threads", "py-info", "py-sample", "py-top", "py-stats"};

enum { NAMES = sizeof names / sizeof *names };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct command *command = command_find(names[size ? data[0] % NAMES : 0]);
    char *line = malloc(size + 1);
    struct hog_text help = {0};
    struct hog_error error = {0};
    struct options options;
    const char *rest = line;

    if (line && command) {
        memcpy(line, size ? data + 1 : data, size ? size - 1 : 0);
        line[size ? size - 1 : 0] = '\0';
        command = command_choose(command, &rest);
        if (options_parse(&options, &command->usage, rest, &error) != HOG_OK && !error.message[0])
            abort(); /* it has to say why */
        if (option_given(&options, OPTION_HELP))
            usage_put_help(&command->usage, &help);
        options_deinit(&options);
    }
    hog_text_deinit(&help);
    free(line);
    return 0;
}
