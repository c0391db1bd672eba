/*
 * Looking a symbol up in an ELF image in memory, as the dynamic loader does:
 * through DT_GNU_HASH, or DT_HASH where a linker made only that.
 *
 *      DT_GNU_HASH   | buckets | first | words | shift | bloom × words | bucket × buckets | chain … |
 *                     u32                               u64             u32: first symbol  u32: hash, bit 0 = last
 *      DT_HASH       | buckets | chains | bucket × buckets | chain × chains |   all u32
 *
 * The tables are the debuggee's: counts are checked, chains have a budget.
 */
#include "locate/image.h"

#include <string.h>

enum { CHAIN_BUDGET = 1024, TABLE_MAX = 1 << 26, NAME_MAX_BYTES = 64 };

static uint32_t hash_gnu(const char *name)
{
    uint32_t hash = 5381;

    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

static uint32_t hash_sysv(const char *name)
{
    uint32_t hash = 0;

    for (; *name; name++) {
        hash = (hash << 4) + (unsigned char)*name;
        hash ^= (hash >> 24) & 0xf0;
        hash &= 0x0fffffff;
    }
    return hash;
}

/* The address of symbol number `index`, if it is defined here and bears the name. */
static uint64_t symbol_named(const struct image *image, const struct image_dynamic *dynamic,
                             struct hog_memory *memory, uint32_t index, const char *name)
{
    size_t length = strlen(name) + 1;
    char found[NAME_MAX_BYTES];
    Elf64_Sym symbol;

    if (length > sizeof found ||
        hog_memory_read(memory, dynamic->symbols + (uint64_t)index * sizeof symbol, &symbol, sizeof symbol))
        return 0;
    if (symbol.st_shndx == SHN_UNDEF || !symbol.st_value || symbol.st_name >= dynamic->strings_size)
        return 0;
    if (hog_memory_read(memory, dynamic->strings + symbol.st_name, found, length) ||
        memcmp(found, name, length) != 0)
        return 0;
    return image->bias + symbol.st_value;
}

struct gnu_header {
    uint32_t buckets, first, words, shift;
};

static bool bloom_excludes(const struct gnu_header *header, uint64_t table, struct hog_memory *memory,
                           uint32_t hash)
{
    uint64_t word;

    if (hog_memory_u64(memory, table + sizeof *header + (uint64_t)(hash / 64 % header->words) * 8, &word))
        return true;
    return !(word >> (hash % 64) & word >> ((hash >> (header->shift & 31)) % 64) & 1);
}

static uint64_t find_gnu(const struct image *image, const struct image_dynamic *dynamic,
                         struct hog_memory *memory, const char *name)
{
    uint32_t hash = hash_gnu(name);
    uint64_t buckets, chains;
    struct gnu_header header;
    uint32_t index, link;

    if (hog_memory_read(memory, dynamic->gnu_hash, &header, sizeof header) || !header.buckets ||
        header.buckets > TABLE_MAX || !header.words || header.words > TABLE_MAX ||
        bloom_excludes(&header, dynamic->gnu_hash, memory, hash))
        return 0;
    buckets = dynamic->gnu_hash + sizeof header + (uint64_t)header.words * 8;
    chains = buckets + (uint64_t)header.buckets * 4;
    if (hog_memory_u32(memory, buckets + (uint64_t)(hash % header.buckets) * 4, &index) ||
        index < header.first)
        return 0;
    for (unsigned budget = CHAIN_BUDGET; budget; budget--, index++) {
        uint64_t address = 0;

        if (hog_memory_u32(memory, chains + (uint64_t)(index - header.first) * 4, &link))
            return 0;
        if ((link | 1) == (hash | 1))
            address = symbol_named(image, dynamic, memory, index, name);
        if (address || link & 1)
            return address;
    }
    return 0;
}

static uint64_t find_sysv(const struct image *image, const struct image_dynamic *dynamic,
                          struct hog_memory *memory, const char *name)
{
    uint32_t counts[2];
    uint64_t buckets = dynamic->hash + sizeof counts;
    uint64_t chains;
    uint32_t index;

    if (hog_memory_read(memory, dynamic->hash, counts, sizeof counts) || !counts[0] || counts[0] > TABLE_MAX)
        return 0;
    chains = buckets + (uint64_t)counts[0] * 4;
    if (hog_memory_u32(memory, buckets + (uint64_t)(hash_sysv(name) % counts[0]) * 4, &index))
        return 0;
    for (unsigned budget = CHAIN_BUDGET; budget && index && index < counts[1]; budget--) {
        uint64_t address = symbol_named(image, dynamic, memory, index, name);

        if (address)
            return address;
        if (hog_memory_u32(memory, chains + (uint64_t)index * 4, &index))
            return 0;
    }
    return 0;
}

uint64_t image_find_symbol(const struct image *image, const struct image_dynamic *dynamic,
                           struct hog_memory *memory, const char *name)
{
    if (!dynamic->symbols || !dynamic->strings)
        return 0;
    if (dynamic->gnu_hash)
        return find_gnu(image, dynamic, memory, name);
    if (dynamic->hash)
        return find_sysv(image, dynamic, memory, name);
    return 0;
}
