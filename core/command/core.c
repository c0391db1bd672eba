/*
 * py-core: a small core file, of only the pages that a dump takes, with its
 * values, and the reason for it.
 *
 *     dump --locals, why, tasks ─▶ every page that they touched ─▶ FILE (memory/mini_core.h)
 *
 * What another hognose, a gdb or an lldb can say of the process later, without it.
 */
#include "base/cleanup.h"
#include "command/tasks.h"
#include "host/output.h"
#include "memory/mini_core.h"
#include "show/paint.h"
#include "value/secrets.h"
#include "wait/waits.h"

#include <string.h>

/* What py-why and py-tasks would read: their answer is not wanted here, only that it is in the file. */
static enum hog_status read_waits(struct hog_session *session, struct dump *dump)
{
    const struct hog_wait_options how = {.interrupted = target_interrupted, .context = &dump->target};
    struct hog_waits *waits = NULL;
    enum hog_status status = hog_waits_read(&dump->target.process, &dump->target.location, dump->target.cache,
                                            dump->snapshot, &how, &waits, &session->error);

    hog_waits_destroy(waits);
    return status == HOG_OK ? dump_tasks(session, dump, false) : status;
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

/*
 * --redact, and the setting of that name. What is looked through is not to be in the file for that: it is read past the
 * recorder.
 */

enum { CACHE_BYTES = 64 << 20 };

struct redaction {
    struct hog_secrets *secrets; /* NULL: nothing is to be hidden */
    struct hog_memory *memory;
};

static void redaction_deinit(const struct redaction *redaction)
{
    hog_secrets_destroy(redaction->secrets);
    hog_memory_destroy(redaction->memory);
}

static bool blank_page(void *context, uint64_t address, unsigned char page[HOG_MINI_CORE_PAGE])
{
    const struct redaction *redaction = context;

    hog_secrets_blank(redaction->secrets, redaction->memory, address, page, HOG_MINI_CORE_PAGE);
    return true;
}

static enum hog_status find_secrets(struct hog_session *session, struct dump *dump,
                                    struct redaction *redaction)
{
    const struct hog_values_options how = {.interrupted = target_interrupted, .context = &dump->target};
    struct hog_values *values = redaction->secrets && redaction->memory
                                    ? hog_values_create(&dump->target.process, &dump->target.location,
                                                        redaction->memory, &dump->snapshot->arena, &how)
                                    : NULL;
    enum hog_status status =
        values ? hog_secrets_find(redaction->secrets, values, dump->snapshot) : HOG_NO_MEMORY;

    hog_values_destroy(values);
    if (status == HOG_INTERRUPTED)
        return hog_fail(&session->error, status,
                        "no core file was written: not all values were looked through for --redact");
    if (status != HOG_OK)
        return hog_fail(&session->error, status, "not enough memory to look through all values for --redact");
    return HOG_OK;
}

static enum hog_status prepare_redaction(struct hog_session *session, const struct options *options,
                                         struct dump *dump, struct redaction *redaction)
{
    const char *setting = session->settings.redact;
    const char *pattern =
        hog_arena_printf(&dump->snapshot->arena, "%s,%s", options->redact ? options->redact : "", setting);
    char *command_line;
    enum hog_status status;

    if (!options->redact && !*setting)
        return HOG_OK;
    redaction->secrets = hog_secrets_create(pattern);
    redaction->memory = hog_memory_cached(dump->target.process.memory, CACHE_BYTES);
    status = find_secrets(session, dump, redaction);
    if (status != HOG_OK)
        return status;
    command_line = hog_arena_printf(&dump->snapshot->arena, "%s", dump->target.process.command_line);
    if (!command_line)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    hog_secrets_blank_text(redaction->secrets, command_line);
    dump->target.process.command_line = command_line;
    return HOG_OK;
}

static enum hog_status write_core(struct hog_session *session, struct dump *dump, const char *file,
                                  struct redaction *redaction)
{
    HOG_FREE char *path = output_path(file);
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_mini_core core = {.process = &dump->target.process,
                                 .recorder = dump->target.recorder,
                                 .keep = redaction->secrets ? blank_page : NULL,
                                 .context = redaction};
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
    if (redaction->secrets)
        hog_text_printf(&text, "Values that were blanked: %s\n",
                        paint_number(hog_secrets_count(redaction->secrets), number));
    if (!dump->snapshot->complete)
        hog_text_puts(&text, "Incomplete: what py-dump could not read is not in it.\n");
    session->host.write(session->host.self, HOG_STDOUT, paint_text(&text), text.length);
    return HOG_OK;
}

enum hog_status run_core(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(dump_deinit) struct dump dump = {.records = true};
    HOG_CLEANUP(redaction_deinit) struct redaction redaction = {0};
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
    if (status == HOG_OK)
        status = prepare_redaction(session, options, &dump, &redaction);
    return status == HOG_OK ? write_core(session, &dump, file, &redaction) : status;
}
