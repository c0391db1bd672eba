/* What a profile is, in words: for the files that have room for words; see format.h. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "formats/format.h"

#include <stdlib.h>
#include <time.h>

struct describing {
    void (*add)(void *self, const char *label, const char *words);
    void *self;
    struct hog_text words;
    bool failed;
};

static void describing_deinit(struct describing *describing)
{
    hog_text_deinit(&describing->words);
}

/* What was composed goes out under this label, on one line. */
static void say(struct describing *describing, const char *label)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};

    if (!describing->words.failed && describing->words.length)
        hog_text_put_printable(&line, describing->words.bytes);
    if (line.length && !line.failed)
        describing->add(describing->self, label, line.bytes);
    describing->failed = describing->failed || line.failed || describing->words.failed;
    hog_text_clear(&describing->words);
}

static void put_seconds(struct hog_text *text, double seconds)
{
    if (seconds > 0 && seconds < 0.1)
        hog_text_printf(text, "%.4g ms", seconds * 1e3);
    else
        hog_text_printf(text, "%.4g s", seconds);
}

static const char *mode_words(enum hog_profile_mode mode)
{
    switch (mode) {
    case HOG_PROFILE_IDLE:
        return "idle (waiting threads count too)";
    case HOG_PROFILE_GIL:
        return "gil (only the thread that holds the GIL)";
    case HOG_PROFILE_CPU:
        break;
    }
    return "cpu (threads on the CPU or holding the GIL)";
}

static void say_sampling(struct describing *describing, const struct hog_profile_info *info)
{
    struct hog_text *words = &describing->words;

    if (info->interval <= 0) {
        hog_text_puts(words, "not sampled: exact calls");
        say(describing, "mode");
        return;
    }
    hog_text_puts(words, mode_words(info->mode));
    say(describing, "mode");
    hog_text_puts(words, "a sample stands for ");
    put_seconds(words, info->interval);
    if (info->requested_rate > 0)
        hog_text_printf(words, "; %.6g Hz asked for", info->requested_rate);
    say(describing, "rate");
    if (info->method || info->stopped) {
        hog_text_puts(words, info->method ? info->method : "");
        hog_text_puts(words, info->stopped ? "; stopped at each sample" : "; never stopped");
        say(describing, "method");
    }
}

static void say_counts(struct describing *describing, const struct hog_profile *profile)
{
    const struct hog_profile_counts *counts = &profile->counts;
    struct hog_text *words = &describing->words;

    if (profile->info.interval <= 0)
        return;
    hog_text_printf(words, "%llu attempted, %llu kept, %llu idle, ",
                    (unsigned long long)hog_profile_attempts(counts), (unsigned long long)counts->kept,
                    (unsigned long long)counts->idle);
    if (counts->elsewhere)
        hog_text_printf(words, "%llu elsewhere, ", (unsigned long long)counts->elsewhere);
    hog_text_printf(words, "%llu dropped", (unsigned long long)counts->dropped);
    say(describing, "samples");
    for (uint32_t i = 0; i < profile->drop_count; i++) {
        hog_text_printf(words, "%llu: %s", (unsigned long long)profile->drops[i].count,
                        profile->drops[i].reason);
        say(describing, "dropped");
    }
}

static void say_time(struct describing *describing, const struct hog_profile_info *info)
{
    time_t seconds = (time_t)info->start_time;
    struct tm parts;
    char text[64];

    if (info->start_time > 0 && gmtime_r(&seconds, &parts) &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)) {
        hog_text_puts(&describing->words, text);
        say(describing, "start");
    }
    if (info->duration > 0) {
        put_seconds(&describing->words, info->duration);
        if (info->ended_because)
            hog_text_printf(&describing->words, "; ended: %s", info->ended_because);
        say(describing, "duration");
    }
}

static void say_where(struct describing *describing, const struct hog_profile_info *info)
{
    struct hog_text *words = &describing->words;

    if (info->command_line)
        hog_text_puts(words, info->command_line);
    say(describing, "command");
    if (info->pid)
        hog_text_printf(words, "%lld", (long long)info->pid);
    say(describing, "pid");
    if (info->python_version)
        hog_text_printf(words, "CPython %s", info->python_version);
    say(describing, "python");
    hog_text_printf(words, "hognose %s", info->tool_version ? info->tool_version : "");
    if (info->debugger_name)
        hog_text_printf(words, " in %s %s", info->debugger_name,
                        info->debugger_version ? info->debugger_version : "");
    say(describing, "by");
}

enum hog_status describe_profile(const struct hog_profile *profile,
                                 void (*add)(void *self, const char *label, const char *words), void *self)
{
    HOG_CLEANUP(describing_deinit) struct describing describing = {.add = add, .self = self};

    say_where(&describing, &profile->info);
    say_time(&describing, &profile->info);
    say_sampling(&describing, &profile->info);
    say_counts(&describing, profile);
    return describing.failed ? HOG_NO_MEMORY : HOG_OK;
}

void describe_title(const struct hog_profile *profile, const struct hog_write_options *options,
                    struct hog_text *text)
{
    const struct hog_profile_info *info = &profile->info;

    if (options->title) {
        hog_text_puts(text, options->title);
        return;
    }
    if (info->command_line && *info->command_line)
        hog_text_puts(text, info->command_line);
    else if (info->pid)
        hog_text_printf(text, "process %lld", (long long)info->pid);
    else
        hog_text_puts(text, "profile");
}
