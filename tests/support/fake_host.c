/* The made-up debugger of fake_host.h. */
#define _GNU_SOURCE
#include "support/fake_host.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MICROSECONDS = 500 };

static void describe_process(void *self, struct hog_host_process *ret_process)
{
    *ret_process = ((struct fake_host *)self)->process;
}

static size_t read_memory(void *self, uint64_t address, void *buffer, size_t length)
{
    struct fake_host *fake = self;

    fake->memory_reads++;
    return fake->memory ? hog_memory_read_some(fake->memory, address, buffer, length) : 0;
}

static void list_threads(void *self, void (*add)(void *context, const struct hog_host_thread *thread),
                         void *context)
{
    struct fake_host *fake = self;

    for (size_t i = 0; i < fake->thread_count; i++)
        add(context, &fake->threads[i]);
}

static void list_modules(void *self, void (*add)(void *context, const struct hog_host_module *module),
                         void *context)
{
    struct fake_host *fake = self;

    for (size_t i = 0; i < fake->module_count; i++)
        add(context, &fake->modules[i]);
}

static size_t read_auxv(void *self, void *buffer, size_t size)
{
    struct fake_host *fake = self;
    size_t length = fake->auxv_size < size ? fake->auxv_size : size;

    for (size_t i = 0; i < length; i++)
        ((unsigned char *)buffer)[i] = ((const unsigned char *)fake->auxv)[i];
    return length;
}

static void list_native_frames(void *self, int64_t lwp, size_t max,
                               void (*add)(void *context, const struct hog_host_frame *frame), void *context)
{
    struct fake_host *fake = self;

    (void)lwp;
    fake->unwinds++;
    for (size_t i = 0; i < fake->frame_count && i < max; i++)
        add(context, &fake->frames[i]);
}

static int64_t selected_thread(void *self)
{
    return ((struct fake_host *)self)->selected_thread;
}

static void write_text(void *self, enum hog_stream stream, const char *bytes, size_t length)
{
    struct fake_host *fake = self;

    hog_text_append(stream == HOG_STDOUT ? &fake->out : &fake->err, bytes, length);
    if (length > fake->largest_write)
        fake->largest_write = length;
}

static bool interrupted(void *self)
{
    struct fake_host *fake = self;

    fake->polls++;
    return fake->polls_until_interrupt && fake->polls >= fake->polls_until_interrupt;
}

static bool wants_colour(void *self)
{
    return ((struct fake_host *)self)->colour;
}

static unsigned terminal_width(void *self)
{
    return ((struct fake_host *)self)->width;
}

/*
 * Running.
 */

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void fake_host_hold(const struct fake_host *fake)
{
    int status;

    kill((pid_t)fake->process.pid, SIGSTOP);
    waitpid((pid_t)fake->process.pid, &status, WUNTRACED);
}

/* It is not reaped, so that its number stays its own. */
static bool has_ended(const struct fake_host *fake, struct hog_run_result *ret_result)
{
    siginfo_t about = {0};

    if (waitid(P_PID, (id_t)fake->process.pid, &about, WEXITED | WNOHANG | WNOWAIT) != 0 || !about.si_pid)
        return false;
    ret_result->end = HOG_RUN_EXITED;
    snprintf(ret_result->words, sizeof ret_result->words,
             about.si_code == CLD_EXITED ? "it exited with status %d" : "it was killed by signal %d",
             about.si_status);
    return true;
}

static void run_process(void *self, struct hog_run_result *ret_result)
{
    struct fake_host *fake = self;
    double end = now_seconds() + fake->run_seconds;

    fake->runs++;
    *ret_result = (struct hog_run_result){.end = HOG_RUN_STOPPED};
    __atomic_store_n(&fake->stop_wanted, 0, __ATOMIC_SEQ_CST);
    if (fake->run_seconds < 0) {
        *ret_result = fake->run_result;
        return;
    }
    kill((pid_t)fake->process.pid, SIGCONT);
    while (!__atomic_load_n(&fake->stop_wanted, __ATOMIC_SEQ_CST)) {
        if (has_ended(fake, ret_result))
            return;
        if (fake->run_seconds > 0 && now_seconds() >= end) {
            *ret_result = fake->run_result;
            break;
        }
        usleep(POLL_MICROSECONDS);
    }
    fake_host_hold(fake);
}

static void request_stop(void *self)
{
    struct fake_host *fake = self;

    __atomic_add_fetch(&fake->stop_requests, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fake->stop_wanted, 1, __ATOMIC_SEQ_CST);
}

struct hog_host fake_host_make(struct fake_host *fake)
{
    return (struct hog_host){
        .self = fake,
        .debugger_name = "fake",
        .debugger_version = "1.0",
        .describe_process = describe_process,
        .read_memory = read_memory,
        .list_threads = list_threads,
        .list_modules = list_modules,
        .read_auxv = read_auxv,
        .list_native_frames = fake->cannot_unwind ? NULL : list_native_frames,
        .selected_thread = selected_thread,
        .run_process = fake->cannot_run ? NULL : run_process,
        .request_stop = fake->cannot_run ? NULL : request_stop,
        .write = write_text,
        .interrupted = interrupted,
        .wants_colour = wants_colour,
        .terminal_width = terminal_width,
    };
}

void fake_host_deinit(struct fake_host *fake)
{
    hog_text_deinit(&fake->out);
    hog_text_deinit(&fake->err);
}

const char *fake_host_out(const struct fake_host *fake)
{
    return fake->out.bytes ? fake->out.bytes : "";
}
