/* Advice on a profile: a table of questions, each of which may add a line; see advice.h. */
#define _GNU_SOURCE
#include "show/advice.h"
#include "base/cleanup.h"
#include "show/paint.h"

#include <math.h>
#include <string.h>

static const double IDLE_TICKS = 0.9;      /* of the ticks: the process waits */
static const double WAITING_THREADS = 0.5; /* for the GIL, on average */
static const double WAITED_LEAST = 0.1;    /* seconds for a CPU */
static const double WAITED_MUCH = 0.25;    /* of the time that it had one */
static const double GARBAGE = 0.1;         /* of the samples */
static const double EVERYTHING = 0.9;      /* of the samples: one function is all there is */
static const double DROPPED = 0.05;        /* of the looks that were not idle */
static const double SLOW = 0.9;            /* of the ticks that were asked for */
static const double ERROR_MUCH = 0.05;     /* a standard error that is too large whatever is shown */
static const double ERROR_SOME = 0.01;     /* one that is too large where the first two are that near */
enum { TICKS_MIN = 20, SAMPLES_MIN = 20, WAITING_THREADS_LOOKED_AT = 500 };

typedef void advice(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line);

static const struct hog_profile *profile_of(const struct advice_facts *facts)
{
    return facts->seen->profile;
}

/* Looks at threads that the mode wants, whatever became of them. */
static double active_looks(const struct hog_profile_counts *counts)
{
    return (double)(counts->kept + counts->elsewhere + counts->dropped);
}

static void put_function(const struct advice_facts *facts, uint32_t function, int32_t line,
                         const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text cell = {0};

    hot_name(&cell, facts->seen, function, theme);
    hog_text_puts(text, paint_text(&cell));
    hot_place(&cell, facts->seen, function, line, theme);
    if (cell.length)
        hog_text_printf(text, " (%s)", paint_text(&cell));
    text->failed = text->failed || cell.failed;
}

static void advise_idle(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile *profile = profile_of(facts);
    double ticks = (double)profile->info.ticks;
    double idle = ticks > 0 ? 1 - active_looks(&profile->counts) / ticks : 0;

    (void)theme;
    if (profile->info.mode == HOG_PROFILE_IDLE || ticks < TICKS_MIN || idle < IDLE_TICKS)
        return;
    hog_text_printf(line,
                    profile->info.mode == HOG_PROFILE_GIL ? "nobody held the GIL in %.0f %% of the samples"
                                                          : "nothing ran in %.0f %% of the samples",
                    100 * idle);
    hog_text_puts(line, ": the process was waiting");
    if ((double)profile->counts.waiting_for_cpu > ticks / 2) {
        hog_text_puts(line, " for a CPU");
        return;
    }
    if (facts->waiting)
        hog_text_printf(line, ", mostly in %s", facts->waiting);
    hog_text_puts(line, "; --idle samples waiting threads too");
}

static void put_seconds(double seconds, struct hog_text *line)
{
    hog_text_printf(line, "%.*f s", seconds < 10 ? 1 : 0, seconds);
}

/* Others had the CPU, or a quota was used up: what waits for that is not what the program does. */
static void advise_cpu(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile_info *info = &profile_of(facts)->info;

    (void)theme;
    if (info->waited < WAITED_LEAST || info->waited < WAITED_MUCH * info->ran)
        return;
    hog_text_puts(line, "it waited ");
    put_seconds(info->waited, line);
    hog_text_puts(line, " for a CPU and had one for ");
    put_seconds(info->ran, line);
    hog_text_puts(line, ": others ran, or it is held to a quota");
    if (info->mode == HOG_PROFILE_CPU)
        hog_text_puts(line, "; shares are of the time that it had one");
}

static void advise_gil(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile *profile = profile_of(facts);
    double ticks = (double)profile->info.ticks;
    double waiting = ticks > 0 ? (double)profile->counts.waiting_for_gil / ticks : 0;

    (void)theme;
    if (ticks < TICKS_MIN || waiting < WAITING_THREADS)
        return;
    hog_text_printf(line, "%.1f threads waited for the GIL on average: only one thread at a time runs Python",
                    waiting);
    if (profile->info.mode != HOG_PROFILE_GIL)
        hog_text_puts(line, "; --gil shows what holds it");
}

static void advise_garbage(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile_counts *counts = &profile_of(facts)->counts;
    double looks = active_looks(counts);
    double share = looks > 0 ? (double)counts->collecting_garbage / looks : 0;

    (void)theme;
    if (looks < SAMPLES_MIN || share <= GARBAGE)
        return;
    hog_text_printf(
        line,
        "garbage was being collected in %.0f %% of the samples: gc.freeze() after the start, or a higher "
        "gc.set_threshold(), reduces that",
        100 * fmin(share, 1));
}

/* The line of `function` with the most samples of its own; 0 unknown. */
static int32_t hottest_line(const struct hog_view *view, uint32_t function, double *ret_share)
{
    uint64_t most = 0;
    int32_t line = 0;

    for (uint32_t i = 0; i < view->line_count; i++) {
        if (view->lines[i].function != function || view->lines[i].line <= 0 || view->lines[i].self <= most)
            continue;
        most = view->lines[i].self;
        line = view->lines[i].line;
    }
    *ret_share = view->functions[function].self ? (double)most / (double)view->functions[function].self : 0;
    return line;
}

static uint32_t hottest_function(const struct hog_view *view)
{
    uint32_t hottest = 0;

    for (uint32_t i = 1; i < view->profile->function_count; i++)
        if (view->functions[i].self_share > view->functions[hottest].self_share)
            hottest = i;
    return hottest;
}

static void advise_everything(const struct advice_facts *facts, const struct theme *theme,
                              struct hog_text *line)
{
    const struct hog_view *view = &facts->seen->view;
    double of_line;
    uint32_t hottest;
    int32_t number;

    if (view->samples < SAMPLES_MIN || !view->profile->function_count)
        return;
    hottest = hottest_function(view);
    if (view->functions[hottest].self_share < EVERYTHING)
        return;
    put_function(facts, hottest, 0, theme, line);
    hog_text_printf(line, " itself takes %.0f %% of the time", 100 * view->functions[hottest].self_share);
    number = hottest_line(view, hottest, &of_line);
    if (number > 0)
        hog_text_printf(line, ", %.0f %% of that in line %d", 100 * of_line, number);
}

/* Standard errors of shares among n samples: of one, of the difference of two. */
static double error_of(double share, double n)
{
    return sqrt(fmax(share * (1 - share), 0) / n);
}

static double error_of_difference(double one, double other, double n)
{
    return sqrt(fmax(one + other - (one - other) * (one - other), 0) / n);
}

/* "only 81 samples: 63 % ± 11 points"; both of two digits or so. */
static void put_margin(double samples, const char *noun, double percent, double points, struct hog_text *line)
{
    int decimals = points >= 9.95 ? 0 : 1;

    hog_text_printf(line, "only %.0f %s%s: %.*f %% ± %.*f points", samples, noun, samples > 1 ? "s" : "",
                    decimals, percent, decimals, points);
}

static void advise_few(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_view *view = &facts->seen->view;
    /* Looks at the threads of one moment are not independent where all are counted. */
    bool moments = facts->seen->profile->info.mode == HOG_PROFILE_IDLE && facts->seen->profile->info.ticks;
    double n = moments ? (double)facts->seen->profile->info.ticks : (double)view->samples;
    double one, other, error;
    bool near;
    HOG_CLEANUP(hot_rows_deinit) struct hot_rows hot = {0};

    (void)theme;
    if (view->samples == 0)
        return;
    if (hot_rows_init(&hot, view, HOG_SORT_SELF, false, 2) != HOG_OK)
        line->failed = true;
    if (!hot.count)
        return;
    one = hot.rows[0].cost.self_share;
    other = hot.count > 1 ? hot.rows[1].cost.self_share : 0;
    error = error_of(one, n + 1);
    near = hot.count > 1 && one - other < 2 * error_of_difference(one, other, n);
    if (n >= SAMPLES_MIN && error <= ERROR_MUCH && !(near && error > ERROR_SOME))
        return;
    put_margin(n, moments ? "moment" : "sample", 100 * one, 100 * fmax(2 * error, 1 / (n + 1)), line);
    if (near)
        hog_text_puts(line, ", too few to say which function is the hottest");
    hog_text_puts(line, "; sample longer (-d) or faster (-r)");
}

static void advise_dropped(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile *profile = profile_of(facts);
    double looks = active_looks(&profile->counts);
    const struct hog_profile_drop *most = NULL;

    (void)theme;
    if (looks < SAMPLES_MIN || (double)profile->counts.dropped <= DROPPED * looks)
        return;
    for (uint32_t i = 0; i < profile->drop_count; i++)
        if (!most || profile->drops[i].count > most->count)
            most = &profile->drops[i];
    hog_text_printf(line, "%.0f %% of the samples were dropped",
                    100 * (double)profile->counts.dropped / looks);
    if (most) {
        hog_text_puts(line, ", most of them because: ");
        paint_name(line, most->reason, 0);
    }
    hog_text_puts(line, "; shares assume that they were like the other samples of their threads");
}

static void advise_slow(const struct advice_facts *facts, const struct theme *theme, struct hog_text *line)
{
    const struct hog_profile_info *info = &profile_of(facts)->info;
    double planned = info->requested_rate * info->duration;

    (void)theme;
    if (planned < TICKS_MIN || (double)info->ticks >= SLOW * planned)
        return;
    hog_text_printf(line, "only %.0f %% of the samples asked for could be taken in time: %s",
                    100 * (double)info->ticks / planned,
                    info->stopped ? "the process cannot be stopped and resumed any faster"
                                  : "ask for a lower --rate");
}

void advice_put(const struct advice_facts *facts, const struct theme *theme, struct hog_text *text)
{
    static advice *const all[] = {advise_idle,       advise_cpu, advise_gil,     advise_garbage,
                                  advise_everything, advise_few, advise_dropped, advise_slow};
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        hog_text_clear(&line);
        all[i](facts, theme, &line);
        text->failed = text->failed || line.failed;
        if (!line.length)
            continue;
        paint_put(text, theme, STYLE_STATE, "Note:");
        hog_text_puts(text, " ");
        paint_sentence(text, theme, paint_text(&line), (unsigned)strlen("Note: "), 2);
    }
}

/*
 * Where threads wait.
 */

static bool is_waiting(const struct hog_thread *thread)
{
    const struct hog_code *code = thread->frame_count ? thread->frames[0].code : NULL;

    return thread->tstate && thread->state == HOG_STATE_IDLE && code && code->name && code->filename;
}

static bool wait_alike(const struct hog_thread *one, const struct hog_thread *other)
{
    return is_waiting(other) && strcmp(one->frames[0].code->name, other->frames[0].code->name) == 0 &&
           strcmp(one->frames[0].code->filename, other->frames[0].code->filename) == 0;
}

static void put_wait(struct hog_text *text, const struct hog_thread *thread)
{
    const struct hog_frame *frame = &thread->frames[0];
    const struct hog_code *code = frame->code;

    paint_name(text, code->qualname ? code->qualname : code->name, PAINT_COLUMN_MAX);
    hog_text_puts(text, " (");
    paint_name(text, code->short_filename ? code->short_filename : code->filename, PAINT_COLUMN_MAX);
    if (frame->line > 0)
        hog_text_printf(text, ":%d", frame->line);
    hog_text_puts(text, ")");
    if (thread->system_call)
        hog_text_printf(text, ", in %s", thread->system_call);
}

bool advice_waiting(const struct hog_snapshot *snapshot, struct hog_text *text)
{
    const struct hog_thread *commonest = NULL;
    size_t most = 0, count = snapshot->thread_count;

    if (count > WAITING_THREADS_LOOKED_AT)
        count = WAITING_THREADS_LOOKED_AT;
    for (size_t i = 0; i < count; i++) {
        size_t alike = 0;

        if (!is_waiting(&snapshot->threads[i]))
            continue;
        for (size_t k = 0; k < count; k++)
            alike += wait_alike(&snapshot->threads[i], &snapshot->threads[k]);
        if (alike > most) {
            most = alike;
            commonest = &snapshot->threads[i];
        }
    }
    if (commonest)
        put_wait(text, commonest);
    return commonest != NULL;
}
