/*
 * The address space of a core, put together from two lists.
 *
 *      PT_LOAD   |---------|     |--------------|        |------|   what was dumped, with permissions
 *      NT_FILE        |==========|                  |==|            which file was mapped where
 *      regions   |    |    |     |              |   |  | |      |
 *
 * The kernel writes a PT_LOAD for every mapping, gcore leaves out what it
 * finds in files, other writers merge mappings. So the lists are swept
 * together and cut wherever either changes.
 */
#include "memory/core.h"

#include <stdlib.h>
#include <string.h>

static int by_address(const void *left, const void *right)
{
    const Elf64_Phdr *a = left, *b = right;

    return a->p_vaddr < b->p_vaddr ? -1 : a->p_vaddr > b->p_vaddr;
}

static int by_start(const void *left, const void *right)
{
    const struct core_named_range *a = left, *b = right;

    return a->start < b->start ? -1 : a->start > b->start;
}

/* Drops empty and overlapping segments, of which only a damaged core has any. */
static size_t tidy_segments(Elf64_Phdr *segments, size_t count)
{
    uint64_t end = 0;
    size_t kept = 0;

    if (count)
        qsort(segments, count, sizeof *segments, by_address);
    for (size_t i = 0; i < count; i++) {
        Elf64_Phdr segment = segments[i];

        if (segment.p_memsz < segment.p_filesz)
            segment.p_memsz = segment.p_filesz;
        if (!segment.p_memsz || segment.p_vaddr < end || segment.p_memsz > UINT64_MAX - segment.p_vaddr)
            continue;
        end = segment.p_vaddr + segment.p_memsz;
        segments[kept++] = segment;
    }
    return kept;
}

static size_t tidy_named(struct core_named_range *named, size_t count)
{
    uint64_t end = 0;
    size_t kept = 0;

    if (count)
        qsort(named, count, sizeof *named, by_start);
    for (size_t i = 0; i < count; i++) {
        if (named[i].start < end || named[i].end <= named[i].start)
            continue;
        end = named[i].end;
        named[kept++] = named[i];
    }
    return kept;
}

/* What of the core's file belongs to a region that starts `offset` bytes into a segment. */
static void take_bytes(const struct core_memory *core, const Elf64_Phdr *segment, uint64_t offset,
                       struct core_region *region)
{
    uint64_t size = region->end - region->start;
    uint64_t promised = segment->p_filesz > offset ? segment->p_filesz - offset : 0;
    uint64_t at = segment->p_offset + offset;
    uint64_t present = at >= segment->p_offset && at < core->size ? core->size - at : 0;

    region->promised = promised < size ? promised : size;
    region->present = present < region->promised ? present : region->promised;
    region->at = at;
}

static void add_region(struct core_memory *core, uint64_t start, uint64_t end, const Elf64_Phdr *segment,
                       const struct core_named_range *named, struct hog_mapping *mappings)
{
    struct core_region *region = &core->regions[core->region_count];
    struct hog_mapping *mapping = &mappings[core->region_count++];

    *region = (struct core_region){.start = start, .end = end, .anonymous = !named};
    *mapping = (struct hog_mapping){.start = start, .end = end, .readable = true, .path = ""};
    if (segment) {
        take_bytes(core, segment, start - segment->p_vaddr, region);
        mapping->readable = segment->p_flags & PF_R;
        mapping->writable = segment->p_flags & PF_W;
        mapping->executable = segment->p_flags & PF_X;
        region->writable = mapping->writable;
    }
    if (named) {
        region->file = named->file;
        region->file_offset = named->file_offset + (start - named->start);
        mapping->path = named->file->path;
        mapping->deleted = named->file->deleted;
        mapping->file_offset = region->file_offset;
    }
}

/* The next address, from `at` on, at which a range begins or ends. */
static uint64_t next_edge(uint64_t at, uint64_t start, uint64_t end)
{
    return start > at ? start : end;
}

/* Sweeps both lists from the lowest address up; each step makes the region until the next change of either.
 */
static void sweep(struct core_memory *core, const Elf64_Phdr *segments, size_t count,
                  struct hog_mapping *mappings)
{
    uint64_t at = 0;
    size_t s = 0, n = 0;

    while (s < count || n < core->named_count) {
        const Elf64_Phdr *segment = s < count ? &segments[s] : NULL;
        const struct core_named_range *named = n < core->named_count ? &core->named[n] : NULL;
        uint64_t segment_end = segment ? segment->p_vaddr + segment->p_memsz : UINT64_MAX;
        uint64_t segment_next = segment ? next_edge(at, segment->p_vaddr, segment_end) : UINT64_MAX;
        uint64_t named_next = named ? next_edge(at, named->start, named->end) : UINT64_MAX;
        uint64_t next = segment_next < named_next ? segment_next : named_next;
        bool in_segment = segment && segment->p_vaddr <= at;
        bool in_named = named && named->start <= at;

        if (in_segment || in_named)
            add_region(core, at, next, in_segment ? segment : NULL, in_named ? named : NULL, mappings);
        at = next;
        s += segment && segment_end <= at;
        n += named && named->end <= at;
    }
}

bool core_build_regions(struct core_memory *core, Elf64_Phdr *segments, size_t count)
{
    struct hog_arena *arena = &core->process->arena;
    struct hog_mapping *mappings;
    size_t room;

    count = tidy_segments(segments, count);
    core->named_count = tidy_named(core->named, core->named_count);
    room = 2 * (count + core->named_count);
    core->regions = hog_arena_array(arena, room, sizeof *core->regions);
    mappings = hog_arena_array(arena, room, sizeof *mappings);
    if (!core->regions || !mappings)
        return false;
    sweep(core, segments, count, mappings);
    core->process->mappings = mappings;
    core->process->mapping_count = core->region_count;
    return true;
}

struct core_region *core_region_at(const struct core_memory *core, uint64_t address)
{
    size_t low = 0;
    size_t high = core->region_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (address < core->regions[middle].start)
            high = middle;
        else if (address >= core->regions[middle].end)
            low = middle + 1;
        else
            return &core->regions[middle];
    }
    return NULL;
}
