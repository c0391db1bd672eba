/* How a run of the process ended, in words; see capture.h. */
#include "command/capture.h"

#include <stdio.h>

bool capture_take_end(struct capture *capture, const struct hog_run_result *result)
{
    static const char *const words[] = {
        [HOG_RUN_STOPPED] = "",
        [HOG_RUN_INTERRUPTED] = "Ctrl-C",
        [HOG_RUN_EXITED] = "the process exited",
        [HOG_RUN_SIGNAL] = "a signal",
        [HOG_RUN_BREAKPOINT] = "a breakpoint",
        [HOG_RUN_FAILED] = "the debugger could not let it run",
    };
    bool known = result->end <= HOG_RUN_FAILED;

    capture->result.end = known ? result->end : HOG_RUN_FAILED;
    if (capture->result.end == HOG_RUN_STOPPED)
        return false;
    if (capture->result.end == HOG_RUN_FAILED && *result->words)
        snprintf(capture->result.ended, sizeof capture->result.ended, "%s: %s", words[HOG_RUN_FAILED],
                 result->words);
    else
        snprintf(capture->result.ended, sizeof capture->result.ended, "%s",
                 *result->words ? result->words : words[capture->result.end]);
    return true;
}
