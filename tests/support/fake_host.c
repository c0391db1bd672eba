/* The made-up debugger of fake_host.h. */
#include "support/fake_host.h"

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
    (void)self;
    return 80;
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
        .selected_thread = selected_thread,
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
