/*
 * py-core: a small core file, of only the pages that a dump takes, with its
 * values, and the reason for it.
 *
 *     dump --locals, why ─▶ every page that they touched ─▶ FILE (memory/mini_core.h)
 *
 * What another hognose, a gdb or an lldb can say of the process later, without it.
 */
#include "base/cleanup.h"
#include "command/dump.h"
#include "host/output.h"
#include "memory/mini_core.h"
#include "show/paint.h"
#include "wait/waits.h"

#include <string.h>

/* What py-why would read: its answer is not wanted here, only that it is in the file. */
static enum hog_status read_waits(struct hog_session *session, struct dump *dump)
{
    const struct hog_wait_options how = {.interrupted = target_interrupted, .context = &dump->target};
    struct hog_waits *waits = NULL;
    enum hog_status status = hog_waits_read(&dump->target.process, &dump->target.location, dump->target.cache,
                                            dump->snapshot, &how, &waits, &session->error);

    hog_waits_destroy(waits);
    return status;
}

static enum hog_status check(const struct dump *dump, struct hog_session *session)
{
    if (dump->target.interrupted)
        return hog_fail(&session->error, HOG_INTERRUPTED, "interrupted: no core file was written");
    if (!dump->target.process.mapping_count)
        return hog_fail(
            &session->error, HOG_UNSUPPORTED,
            "a remote process has no mappings to write down: run it on the machine of the process");
    return HOG_OK;
}

static enum hog_status write_core(struct hog_session *session, struct dump *dump, const char *file)
{
    HOG_FREE char *path = output_path(file);
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_mini_core core = {.process = &dump->target.process, .recorder = dump->target.recorder};
    char number[PAINT_NUMBER];
    enum hog_status status;

    if (!path)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    status = hog_mini_core_write(&core, path, &session->error);
    if (status != HOG_OK)
        return status;
    hog_text_puts(&text, "Wrote ");
    hog_text_put_printable(&text, path);
    hog_text_printf(&text, " (%s pages)\n", paint_number(core.page_count, number));
    if (!dump->snapshot->complete)
        hog_text_puts(&text, "Incomplete: what py-dump could not read is not in it.\n");
    session->host.write(session->host.self, HOG_STDOUT, paint_text(&text), text.length);
    return HOG_OK;
}

enum hog_status run_core(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(dump_deinit) struct dump dump = {.records = true};
    const char *file = option_output(options);
    struct options all = *options;
    enum hog_status status;

    if (!file || strcmp(file, "-") == 0)
        return hog_fail(&session->error, HOG_USAGE, "no FILE for the core: name one with --output FILE");
    all.given[OPTION_LOCALS] = 1;
    all.given[OPTION_SOURCE] = 1;
    status = dump_take(&dump, session, &all);
    if (status == HOG_OK)
        status = read_waits(session, &dump);
    if (status == HOG_OK)
        status = check(&dump, session);
    return status == HOG_OK ? write_core(session, &dump, file) : status;
}
