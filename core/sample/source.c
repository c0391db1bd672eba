/* Where samples are read from: our own source for a process that runs, the caller's for one that stands still. */
#include "sample/sampler_parts.h"

void sampler_read_from(struct hog_sampler *sampler, const struct hog_process *process,
                       struct hog_memory *memory)
{
    sampler->memory = memory;
    roster_read_from(&sampler->roster, process, memory);
}

struct hog_code_reader *sampler_reader(struct hog_sampler *sampler)
{
    if (sampler->reader && sampler->reader_memory == sampler->memory)
        return sampler->reader;
    hog_code_reader_destroy(sampler->reader);
    sampler->reader = hog_code_reader_create(sampler->process, sampler->location, sampler->memory);
    sampler->reader_memory = sampler->memory;
    return sampler->reader;
}

void sampler_forget_memory(struct hog_sampler *sampler)
{
    if (sampler->reader_memory == sampler->memory) {
        hog_code_reader_destroy(sampler->reader);
        sampler->reader = NULL;
    }
    sampler_read_from(sampler, sampler->process, sampler->live ? sampler->live : sampler->process->memory);
}
