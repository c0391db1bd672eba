/* What could not be read of tasks; see reader.h. */
#include "tasks/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WARNING_WORDS = 512 };

void tasks_warn(struct tasks_reader *reader, const char *format, ...)
{
    char words[WARNING_WORDS];
    const char *kept;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < reader->warning_count; i++)
        if (strcmp(reader->warnings[i], words) == 0)
            return;
    kept = hog_arena_copy_text(reader->arena, words, strlen(words));
    if (kept && reader->warning_count < MAX_TASK_WARNINGS)
        reader->warnings[reader->warning_count++] = kept;
}
