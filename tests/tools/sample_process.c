/*
 * Samples a process without any debugger, checks the stacks against what the
 * process says they may be, and prints what came of it as JSON.
 *
 *     sample_process PID [-r HZ] [-d SECONDS] [-m cpu|idle|gil] [--pairs FILE] [--stop] [--no-records]
 *                    [--no-priority] [--by-line] [--examples N]
 *
 * FILE has a line "caller callee" for each pair that may stand on each other
 * (tests/programs/pairs.py). --stop: each sample is taken by ptrace, exact.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "profile/view.h"
#include "sample/sampler.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 4096, NAME_MAX_LENGTH = 128 };

struct settings {
    struct hog_sampler_options sampler;
    int64_t pid;
    bool stop;
    const char *pairs_file;
    int examples;
};

struct pairs {
    char caller[PAIRS_MAX][NAME_MAX_LENGTH], callee[PAIRS_MAX][NAME_MAX_LENGTH];
    size_t count;
};

struct verdict {
    uint64_t checked, wrong;
    uint32_t deepest;
    double mean_depth;
};

static void fail(const char *what, const char *words)
{
    fprintf(stderr, "sample_process: %s: %s\n", what, words);
    exit(1);
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sleep_seconds(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};

    left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static void sleep_until(double when)
{
    struct timespec at = {.tv_sec = (time_t)when};

    at.tv_nsec = (long)((when - (double)at.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

/*
 * What stacks may be.
 */

static struct pairs *pairs_read(const char *path)
{
    struct pairs *pairs = calloc(1, sizeof *pairs);
    FILE *file = fopen(path, "r");
    char line[2 * NAME_MAX_LENGTH + 2];

    if (!file || !pairs)
        fail(path, strerror(errno));
    while (pairs->count < PAIRS_MAX && fgets(line, sizeof line, file))
        if (sscanf(line, "%127s %127s", pairs->caller[pairs->count], pairs->callee[pairs->count]) == 2)
            pairs->count++;
    fclose(file);
    return pairs;
}

static bool pair_is_legal(const struct pairs *pairs, const char *caller, const char *callee)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->caller[i], caller) == 0 && strcmp(pairs->callee[i], callee) == 0)
            return true;
    return false;
}

static void print_path(const struct hog_profile *profile, uint32_t node)
{
    fprintf(stderr, "wrong:");
    for (; node != HOG_NO_NODE; node = profile->nodes[node].parent) {
        const struct hog_function *function = profile->functions + profile->nodes[node].function;

        fprintf(stderr, " %s:%d", function->name, profile->nodes[node].line);
    }
    fprintf(stderr, "\n");
}

/* A node is wrong if it stands illegally on its parent, or the parent is wrong; its own samples are then. */
static struct verdict judge(const struct hog_profile *profile, const struct pairs *pairs, int examples)
{
    bool *wrong = calloc(profile->node_count + 1, sizeof *wrong);
    uint32_t *depth = calloc(profile->node_count + 1, sizeof *depth);
    struct verdict verdict = {0};
    double depths = 0;

    if (!wrong || !depth)
        fail("judging", "out of memory");
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const struct hog_profile_node *node = profile->nodes + i;
        bool root = node->parent == HOG_NO_NODE;
        const char *caller = root ? "-" : profile->functions[profile->nodes[node->parent].function].name;

        depth[i] = root ? 1 : depth[node->parent] + 1;
        wrong[i] = (!root && wrong[node->parent]) ||
                   (pairs && !pair_is_legal(pairs, caller, profile->functions[node->function].name));
        verdict.checked += node->self;
        verdict.wrong += wrong[i] ? node->self : 0;
        depths += (double)node->self * depth[i];
        if (node->self && depth[i] > verdict.deepest)
            verdict.deepest = depth[i];
        if (wrong[i] && node->self && examples-- > 0)
            print_path(profile, i);
    }
    verdict.mean_depth = verdict.checked ? depths / (double)verdict.checked : 0;
    free(wrong);
    free(depth);
    return verdict;
}

/*
 * Sampling.
 */

static void stop_or_go(const struct hog_process *process, bool stop)
{
    for (size_t i = 0; i < process->thread_count; i++) {
        pid_t lwp = (pid_t)process->threads[i].lwp;

        ptrace(stop ? PTRACE_INTERRUPT : PTRACE_CONT, lwp, 0, 0);
    }
    for (size_t i = 0; stop && i < process->thread_count; i++)
        waitpid((pid_t)process->threads[i].lwp, NULL, __WALL);
}

/*
 * Exact samples: every thread is stopped for each, at moments that have nothing to do with the last one. Threads that start
 * later are not sampled.
 */
static void sample_stopped(const struct settings *settings, struct hog_sampler *sampler,
                           const struct hog_process *process)
{
    double end = now_seconds() + settings->sampler.seconds;
    struct hog_error error;
    const struct sched_param lowest = {.sched_priority = 1};
    unsigned seed = 1;

    if (!settings->sampler.no_priority)
        sched_setscheduler(0, SCHED_FIFO, &lowest);
    for (size_t i = 0; i < process->thread_count; i++)
        if (ptrace(PTRACE_SEIZE, (pid_t)process->threads[i].lwp, 0, 0) != 0 && errno != ESRCH)
            fail("PTRACE_SEIZE", strerror(errno));
    while (now_seconds() < end) {
        struct hog_process still;

        double due = now_seconds() - log((rand_r(&seed) + 1.0) / (RAND_MAX + 1.0)) / settings->sampler.rate;

        sleep_until(due);
        stop_or_go(process, true);
        if (hog_process_open_live(&still, settings->pid) != HOG_OK)
            fail("opening", still.error.message);
        if (hog_sampler_take_stopped(sampler, still.memory, &still, due, &error) != HOG_OK)
            fail("a stopped sample", error.message);
        stop_or_go(process, false);
        hog_process_deinit(&still);
    }
}

static void sample_running(const struct settings *settings, struct hog_sampler *sampler)
{
    double end = now_seconds() + settings->sampler.seconds + 2;
    struct hog_error error;

    if (hog_sampler_start(sampler, &error) != HOG_OK)
        fail("starting", error.message);
    while (!hog_sampler_ended(sampler) && now_seconds() < end)
        sleep_seconds(0.05);
    hog_sampler_stop(sampler);
}

/*
 * Output.
 */

static void print_text(const char *text)
{
    putchar('"');
    for (; text && *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

static void print_functions(const struct hog_profile *profile)
{
    struct hog_view view;

    if (hog_view_init(&view, profile) != HOG_OK)
        fail("view", "out of memory");
    printf(" \"functions\": {");
    for (uint32_t i = 0, printed = 0; i < profile->function_count; i++) {
        if (!view.functions[i].total)
            continue;
        printf(printed++ ? ",\n  " : "\n  ");
        print_text(profile->functions[i].name);
        printf(": [%.5f, %.5f, %" PRIu64 "]", view.functions[i].self_share, view.functions[i].total_share,
               view.functions[i].self);
    }
    printf("},\n");
    hog_view_deinit(&view);
}

static void print_threads(const struct hog_profile *profile)
{
    printf(" \"threads\": [");
    for (uint32_t i = 0; i < profile->thread_count; i++) {
        const struct hog_profile_thread *thread = profile->threads + i;

        printf("%s\n  {\"name\": ", i ? "," : "");
        print_text(thread->name);
        printf(", \"lwp\": %" PRId64 ", \"kept\": %" PRIu64 ", \"idle\": %" PRIu64 ", \"dropped\": %" PRIu64
               ", \"on_gil\": %" PRIu64 ", \"waiting_for_gil\": %" PRIu64 ", \"waiting_for_cpu\": %" PRIu64
               ", \"gc\": %" PRIu64 "}",
               thread->os_thread_id, thread->counts.kept, thread->counts.idle, thread->counts.dropped,
               thread->counts.on_gil, thread->counts.waiting_for_gil, thread->counts.waiting_for_cpu,
               thread->counts.collecting_garbage);
    }
    printf("],\n");
}

static void print_stats(const struct hog_sampler_stats *stats, double start_time, const char *ended)
{
    uint64_t dropped = 0;
    double samples;

    printf(" \"dropped\": {");
    for (int i = 0; i < HOG_DROP_COUNT; i++) {
        if (stats->dropped[i])
            printf("%s\"%s\": %" PRIu64, dropped ? ", " : "", hog_sample_drop_words(i), stats->dropped[i]);
        dropped += stats->dropped[i];
    }
    samples = (double)(stats->kept + dropped - stats->repeated + stats->retries);
    printf("},\n \"seconds\": %.3f, \"planned\": %" PRIu64 ", \"ticks\": %" PRIu64 ", \"empty\": %" PRIu64
           ", \"kept\": %" PRIu64 ", \"idle\": %" PRIu64 ", \"drops\": %" PRIu64 ", \"paused\": %" PRIu64
           ",\n \"retries\": %" PRIu64 ", \"moves\": %" PRIu64 ", \"reads\": %" PRIu64
           ", \"repeated\": %" PRIu64 ",\n \"us_per_sample\": %.3f, \"us_median\": %.3f, \"us_per_tick\": "
           "%.3f, \"cpu_seconds\": %.4f, \"reads_per_sample\": %.3f",
           stats->seconds, stats->planned, stats->ticks, stats->empty_ticks, stats->kept, stats->idle,
           dropped, stats->paused, stats->retries, stats->moves, stats->reads, stats->repeated,
           samples > 0 ? stats->sample_seconds * 1e6 / samples : 0, stats->sample_median * 1e6,
           stats->ticks ? stats->work_seconds * 1e6 / (double)stats->ticks : 0, stats->cpu_seconds,
           samples > 0 ? (double)stats->reads / samples : 0);
    printf(",\n \"ran\": %" PRIu64 ", \"no_python\": %" PRIu64
           ", \"interval\": %.9f, \"ran_seconds\": %.6f, \"waited_seconds\": %.6f",
           stats->ran, stats->no_python, stats->interval, stats->ran_seconds, stats->waited_seconds);
    printf(",\n \"start_time\": %.6f, \"way\": \"%s\", \"ended\": \"%s\"}\n", start_time, stats->way,
           ended ? ended : "");
}

static void report(const struct settings *settings, double start_time, struct hog_sampler *sampler)
{
    const struct hog_profile_info info = {.pid = settings->pid};
    struct pairs *pairs = settings->pairs_file ? pairs_read(settings->pairs_file) : NULL;
    struct hog_profile *profile;
    struct hog_sampler_stats stats;
    struct verdict verdict;

    hog_sampler_stats(sampler, &stats);
    if (hog_sampler_profile(sampler, &info, &profile) != HOG_OK)
        fail("the profile", "could not be made");
    verdict = judge(profile, pairs, settings->examples);
    printf("{\"checked\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"deepest\": %u, \"mean_depth\": %.1f,\n",
           verdict.checked, verdict.wrong, verdict.deepest, verdict.mean_depth);
    print_functions(profile);
    print_threads(profile);
    print_stats(&stats, start_time, hog_sampler_ended(sampler));
    hog_profile_destroy(profile);
    free(pairs);
}

static struct settings parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"pairs", required_argument, NULL, 'p'},
        {"stop", no_argument, NULL, 's'},
        {"no-records", no_argument, NULL, 'n'},
        {"no-priority", no_argument, NULL, 'q'},
        {"by-line", no_argument, NULL, 'l'},
        {"examples", required_argument, NULL, 'e'},
        {NULL, 0, NULL, 0},
    };
    struct settings settings = {.sampler = {.rate = 1000, .seconds = 5}};

    for (int option; (option = getopt_long(argc, argv, "r:d:m:t:p:snqle:", options, NULL)) != -1;) {
        switch (option) {
        case 'r':
            settings.sampler.rate = atof(optarg);
            break;
        case 'd':
            settings.sampler.seconds = atof(optarg);
            break;
        case 'm':
            if (!hog_profile_mode_named(optarg, &settings.sampler.mode))
                fail(optarg, "no such mode");
            break;
        case 't':
            settings.sampler.only_lwp = atoll(optarg);
            break;
        case 'p':
            settings.pairs_file = optarg;
            break;
        case 's':
            settings.stop = true;
            break;
        case 'n':
            settings.sampler.no_switch_records = true;
            break;
        case 'q':
            settings.sampler.no_priority = true;
            break;
        case 'l':
            settings.sampler.by_line = true;
            break;
        case 'e':
            settings.examples = atoi(optarg);
            break;
        default:
            exit(2);
        }
    }
    settings.pid = optind < argc ? atoll(argv[optind]) : 0;
    return settings;
}

int main(int argc, char **argv)
{
    double start_time;
    const struct settings settings = parse(argc, argv);
    const struct hog_locate_options locate = {0};
    struct hog_process process;
    struct hog_location location;
    struct hog_sampler *sampler;
    struct hog_memory *cache;
    struct hog_error error;

    if (hog_process_open_live(&process, settings.pid) != HOG_OK)
        fail("opening", process.error.message);
    cache = hog_memory_cached(process.memory, 16 << 20);
    if (!cache || hog_locate(&location, &process, cache, &locate) != HOG_OK)
        fail("locating", cache ? location.error.message : "out of memory");
    if (hog_sampler_create(&process, &location, &settings.sampler, &sampler, &error) != HOG_OK)
        fail("the sampler", error.message);
    start_time = hog_clock_epoch();
    if (settings.stop)
        sample_stopped(&settings, sampler, &process);
    else
        sample_running(&settings, sampler);
    report(&settings, start_time, sampler);
    hog_sampler_destroy(sampler);
    hog_location_deinit(&location);
    hog_memory_destroy(cache);
    hog_process_deinit(&process);
    return 0;
}
