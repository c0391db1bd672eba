/*
 * Fuzzes what a user types: the input is a command line, run in a session
 * whose debugger looks at nothing, and completed.
 */
#include "support/fake_host.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *context, const char *candidate)
{
    (void)context;
    (void)candidate;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fake_host fake = {0};
    struct hog_host host = fake_host_make(&fake);
    struct hog_session *session = hog_session_create(&host);
    char line[512];
    char *arguments;
    const char *error;

    if (session) {
        snprintf(line, sizeof line, "%.*s", (int)(size < sizeof line ? size : sizeof line),
                 (const char *)data);
        arguments = strchr(line, ' ');
        if (arguments)
            *arguments++ = '\0';
        if (!arguments || !strchr(arguments, '/'))
            hog_session_complete(session, line, arguments ? arguments : "", ignore, NULL);
        hog_session_set(session, line, arguments ? arguments : "", &error);
        if (!arguments ||
            (!strchr(arguments, '/') && !strstr(arguments, "--c"))) /* no files of this machine */
            hog_session_run(session, line, arguments ? arguments : "", &error);
    }
    hog_session_destroy(session);
    fake_host_deinit(&fake);
    return 0;
}
