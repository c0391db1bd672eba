/*
 * memory/: the read helpers, the page cache, the recorder, the fallback, the
 * debugger's memory. A real process's is in test_memory_live.c.
 */
#include "memory/memory.h"
#include "support/fake_memory.h"
#include "support/fault_memory.h"
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, FIRST = 0x10000 };

/* Three pages at 0x10000, a hole of one page, two pages at 0x14000; each byte tells its address. */
struct pages {
    unsigned char low[3 * PAGE];
    unsigned char high[2 * PAGE];
    struct fake_segment segments[2];
    struct hog_memory *memory;
};

static unsigned char byte_at(uint64_t address)
{
    return (unsigned char)(address ^ (address >> 8) ^ (address >> 16));
}

static int make_pages(void **state)
{
    struct pages *pages = calloc(1, sizeof *pages);

    assert_non_null(pages);
    for (size_t i = 0; i < sizeof pages->low; i++)
        pages->low[i] = byte_at(FIRST + i);
    for (size_t i = 0; i < sizeof pages->high; i++)
        pages->high[i] = byte_at(FIRST + 4 * PAGE + i);
    pages->segments[0] = (struct fake_segment){FIRST, pages->low, sizeof pages->low};
    pages->segments[1] = (struct fake_segment){FIRST + 4 * PAGE, pages->high, sizeof pages->high};
    pages->memory = fake_memory_create(pages->segments, 2, FAKE_EXACT);
    assert_non_null(pages->memory);
    *state = pages;
    return 0;
}

static int drop_pages(void **state)
{
    struct pages *pages = *state;

    hog_memory_destroy(pages->memory);
    free(pages);
    return 0;
}

static void assert_bytes(const void *bytes, uint64_t address, size_t length)
{
    for (size_t i = 0; i < length; i++)
        assert_int_equal(((const unsigned char *)bytes)[i], byte_at(address + i));
}

static void test_words(void **state)
{
    struct pages *pages = *state;
    uint64_t u64 = 77;
    uint32_t u32 = 77;
    uint8_t u8 = 77;

    assert_int_equal(hog_memory_u64(pages->memory, FIRST + 8, &u64), HOG_OK);
    assert_memory_equal(&u64, pages->low + 8, 8);
    assert_int_equal(hog_memory_u32(pages->memory, FIRST + 3, &u32), HOG_OK);
    assert_memory_equal(&u32, pages->low + 3, 4);
    assert_int_equal(hog_memory_u8(pages->memory, FIRST + 3 * PAGE - 1, &u8), HOG_OK);
    assert_int_equal(u8, pages->low[3 * PAGE - 1]);
}

static void test_failed_word_leaves_result_and_sets_fault(void **state)
{
    struct pages *pages = *state;
    uint64_t value = 77;

    assert_int_equal(hog_memory_u64(pages->memory, FIRST + 3 * PAGE - 4, &value), HOG_UNREADABLE);
    assert_int_equal(value, 77);
    assert_int_equal(pages->memory->fault, FIRST + 3 * PAGE);
}

static void test_text(void **state)
{
    struct pages *pages = *state;
    char text[64];

    memset(text, 'x', sizeof text);
    memcpy(pages->low + PAGE - 3, "hedgehog", 9);
    assert_int_equal(hog_memory_text(pages->memory, FIRST + PAGE - 3, text, sizeof text), HOG_OK);
    assert_string_equal(text, "hedgehog");
    assert_int_equal(hog_memory_text(pages->memory, FIRST + PAGE - 3, text, 5), HOG_OK);
    assert_string_equal(text, "hedg");
    memcpy(pages->low + sizeof pages->low - 4, "end", 4);
    assert_int_equal(hog_memory_text(pages->memory, FIRST + 3 * PAGE - 4, text, sizeof text), HOG_OK);
    assert_string_equal(text, "end");
    memcpy(pages->low + sizeof pages->low - 4, "torn", 4);
    assert_int_equal(hog_memory_text(pages->memory, FIRST + 3 * PAGE - 4, text, sizeof text), HOG_UNREADABLE);
    assert_string_equal(text, "torn");
    assert_int_equal(hog_memory_text(pages->memory, FIRST, text, 1), HOG_OK);
    assert_string_equal(text, "");
}

static void test_cache_fetches_a_page_once(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *cache = hog_memory_cached(pages->memory, 1 << 20);
    unsigned char buffer[2 * PAGE];

    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(hog_memory_read(cache, FIRST + PAGE + i, buffer, 16), HOG_OK);
        assert_bytes(buffer, FIRST + PAGE + i, 16);
    }
    assert_int_equal(cache->stats.reads, 1);
    assert_int_equal(cache->stats.bytes, PAGE);
    assert_int_equal(hog_memory_read(cache, FIRST + 100, buffer, sizeof buffer), HOG_OK);
    assert_bytes(buffer, FIRST + 100, sizeof buffer);
    assert_int_equal(cache->stats.reads, 2);
    hog_memory_cache_forget(cache);
    pages->low[PAGE] ^= 0xff;
    assert_int_equal(hog_memory_read(cache, FIRST + PAGE, buffer, 1), HOG_OK);
    assert_int_equal(buffer[0], pages->low[PAGE]);
    assert_int_equal(cache->stats.reads, 3);
    hog_memory_destroy(cache);
}

static void test_cache_batch_is_one_source_call(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *cache = hog_memory_cached(pages->memory, 1 << 20);
    unsigned char buffers[5][8];
    uint64_t at[] = {FIRST + 5 * PAGE, FIRST, FIRST + PAGE - 4, FIRST + 2 * PAGE + 9, FIRST + 5};
    struct hog_span spans[5];

    for (size_t i = 0; i < 5; i++)
        spans[i] = (struct hog_span){.address = at[i], .buffer = buffers[i], .length = 8};
    hog_memory_read_batch(cache, spans, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(spans[i].got, 8);
        assert_bytes(buffers[i], at[i], 8);
    }
    assert_int_equal(cache->stats.reads, 1);
    assert_int_equal(cache->stats.bytes, 4 * PAGE);
    hog_memory_destroy(cache);
}

/* One span over readable, hole, readable: what lies behind the hole is not lost, and the hole is remembered.
 */
static void test_cache_bad_page_hides_nothing(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *cache = hog_memory_cached(pages->memory, 1 << 20);
    struct hog_span range = {.address = FIRST, .length = 6 * PAGE};
    unsigned char buffer[4 * PAGE];

    hog_memory_prefetch(cache, &range, 1);
    assert_int_equal(cache->stats.reads, 2);
    assert_int_equal(hog_memory_read_some(cache, FIRST + 2 * PAGE, buffer, sizeof buffer), PAGE);
    assert_int_equal(cache->fault, FIRST + 3 * PAGE);
    assert_int_equal(hog_memory_read(cache, FIRST + 4 * PAGE, buffer, 2 * PAGE), HOG_OK);
    assert_bytes(buffer, FIRST + 4 * PAGE, 2 * PAGE);
    assert_int_equal(hog_memory_read(cache, FIRST + 3 * PAGE, buffer, 1), HOG_UNREADABLE);
    assert_int_equal(cache->stats.reads, 2);
    hog_memory_destroy(cache);
}

/* Of three pages that were one read the middle one has gone meanwhile: those around it are read again all the same. */
static void test_cache_refresh_bad_page_hides_nothing(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *cache = hog_memory_cached(pages->memory, 1 << 20);
    unsigned char all[3 * PAGE], byte;

    assert_non_null(cache);
    assert_int_equal(hog_memory_read(cache, FIRST, all, sizeof all), HOG_OK);
    pages->low[0] ^= 0xff;
    pages->low[2 * PAGE] ^= 0xff;
    pages->segments[0].length = PAGE;
    pages->segments[1] = (struct fake_segment){FIRST + 2 * PAGE, pages->low + 2 * PAGE, PAGE};
    hog_memory_cache_refresh(cache);
    for (int page = 0; page < 3; page += 2) {
        assert_int_equal(hog_memory_u8(cache, FIRST + page * PAGE, &byte), HOG_OK);
        assert_int_equal(byte, pages->low[page * PAGE]);
    }
    assert_int_not_equal(hog_memory_u8(cache, FIRST + PAGE, &byte), HOG_OK);
    hog_memory_destroy(cache);
}

static void test_cache_is_bounded(void **state)
{
    enum { MANY = 300 };
    struct hog_memory *fake, *cache;
    struct fake_segment segment = {0x100000, NULL, MANY * PAGE};
    unsigned char *bytes = malloc(MANY * PAGE);
    unsigned char *copy = malloc(MANY * PAGE);

    (void)state;
    assert_non_null(bytes);
    assert_non_null(copy);
    for (size_t i = 0; i < MANY * PAGE; i++)
        bytes[i] = byte_at(segment.address + i);
    segment.bytes = bytes;
    fake = fake_memory_create(&segment, 1, FAKE_EXACT);
    cache = hog_memory_cached(fake, 0);
    assert_int_equal(hog_memory_read(cache, segment.address, copy, MANY * PAGE), HOG_OK);
    assert_memory_equal(bytes, copy, MANY * PAGE);
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t address = segment.address + (uint64_t)(i * 7919u) % (MANY * PAGE - 5000);

        assert_int_equal(hog_memory_read(cache, address, copy, i), HOG_OK);
        assert_memory_equal(bytes + (address - segment.address), copy, i);
    }
    hog_memory_destroy(cache);
    hog_memory_destroy(fake);
    free(bytes);
    free(copy);
}

static void test_ends_of_the_address_space(void **state)
{
    unsigned char last_page[PAGE] = {0};
    struct fake_segment top = {UINT64_MAX - PAGE + 1, last_page, PAGE};
    struct hog_memory *fake = fake_memory_create(&top, 1, FAKE_EXACT);
    struct hog_memory *cache = hog_memory_cached(fake, 1 << 20);
    struct hog_memory *recorder = hog_memory_recorded(fake);
    struct hog_span range = {.address = 8, .length = 0};
    unsigned char buffer[64];

    (void)state;
    assert_int_equal(hog_memory_read_some(cache, UINT64_MAX - 7, buffer, sizeof buffer), 8);
    assert_int_equal(hog_memory_read_some(cache, UINT64_MAX, buffer, sizeof buffer), 1);
    assert_int_equal(hog_memory_read_some(cache, 0, buffer, sizeof buffer), 0);
    assert_int_equal(hog_memory_read_some(recorder, UINT64_MAX - 7, buffer, sizeof buffer), 8);
    hog_memory_prefetch(cache, &range, 1);
    hog_memory_prefetch(cache, &range, 0);
    hog_memory_destroy(recorder);
    hog_memory_destroy(cache);
    hog_memory_destroy(fake);
}

/* A page of which the source has only the beginning, as at a cut in a truncated core. */
static void test_cache_half_page(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *cache = hog_memory_cached(pages->memory, 1 << 20);
    unsigned char buffer[128];

    pages->segments[0].length = PAGE + 100;
    assert_int_equal(hog_memory_read_some(cache, FIRST + PAGE + 50, buffer, sizeof buffer), 50);
    assert_bytes(buffer, FIRST + PAGE + 50, 50);
    assert_int_equal(hog_memory_read_some(cache, FIRST + PAGE + 200, buffer, sizeof buffer), 0);
    hog_memory_destroy(cache);
}

/* Memory that begins within a page, as a stack begins at its pointer in a minidump; and a hole within a page. */
static void test_cache_memory_within_a_page(void **state)
{
    struct pages *pages = *state;
    struct fake_segment pieces[] = {{FIRST + 3000, pages->low + 3000, PAGE - 3000 + 10},
                                    {FIRST + PAGE + 600, pages->low + PAGE + 600, 300},
                                    {FIRST + PAGE + 1000, pages->low + PAGE + 1000, PAGE}};
    struct hog_memory *memory = fake_memory_create(pieces, 3, FAKE_EXACT);
    struct hog_memory *cache = hog_memory_cached(memory, 1 << 20);
    unsigned char buffer[2 * PAGE];

    assert_int_equal(hog_memory_read_some(cache, FIRST + 2999, buffer, 1), 0);
    assert_int_equal(hog_memory_read_some(cache, FIRST + 3000, buffer, 500), 500);
    assert_bytes(buffer, FIRST + 3000, 500);
    assert_int_equal(hog_memory_read_some(cache, FIRST + 3001, buffer, 2000), PAGE - 3001 + 10);
    assert_bytes(buffer, FIRST + 3001, PAGE - 3001 + 10);
    for (int i = 0; i < 20; i++)
        assert_int_equal(hog_memory_read_some(cache, FIRST + PAGE + 950, buffer, 8), 0);
    assert_int_equal(hog_memory_read_some(cache, FIRST + PAGE + 650, buffer, 500), 250);
    assert_bytes(buffer, FIRST + PAGE + 650, 250);
    assert_int_equal(hog_memory_read_some(cache, FIRST + PAGE + 1000, buffer, sizeof buffer), PAGE);
    assert_bytes(buffer, FIRST + PAGE + 1000, PAGE);
    hog_memory_destroy(cache);
    hog_memory_destroy(memory);
}

struct visited {
    uint64_t addresses[8];
    size_t count;
};

static void visit(void *context, uint64_t address, const void *page, size_t size)
{
    struct visited *visited = context;

    assert_int_equal(size, PAGE);
    assert_bytes(page, address, size);
    assert_true(visited->count < 8);
    visited->addresses[visited->count++] = address;
}

static void test_recorder(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *recorder = hog_memory_recorded(pages->memory);
    unsigned char buffer[2 * PAGE];
    struct visited visited = {.count = 0};

    hog_memory_recorded_pages(recorder, visit, &visited);
    assert_int_equal(visited.count, 0);
    assert_int_equal(hog_memory_read(recorder, FIRST + 5 * PAGE + 1, buffer, 9), HOG_OK);
    assert_int_equal(hog_memory_read_some(recorder, FIRST + 2 * PAGE + 1, buffer, sizeof buffer), PAGE - 1);
    assert_int_equal(hog_memory_read(recorder, FIRST + PAGE - 1, buffer, 2), HOG_OK);
    assert_bytes(buffer, FIRST + PAGE - 1, 2);
    assert_int_equal(recorder->stats.reads, 5);
    pages->low[0] ^= 0xff; /* the process runs on; the recorder keeps to what it has seen */
    assert_int_equal(hog_memory_read(recorder, FIRST, buffer, 1), HOG_OK);
    assert_bytes(buffer, FIRST, 1);
    hog_memory_recorded_pages(recorder, visit, &visited);
    assert_int_equal(visited.count, 4);
    assert_int_equal(visited.addresses[0], FIRST);
    assert_int_equal(visited.addresses[1], FIRST + PAGE);
    assert_int_equal(visited.addresses[2], FIRST + 2 * PAGE);
    assert_int_equal(visited.addresses[3], FIRST + 5 * PAGE);
    hog_memory_destroy(recorder);
}

static void test_fallback(void **state)
{
    enum { SPANS = 200 };
    struct pages *pages = *state;
    struct hog_memory *low = fake_memory_create(&pages->segments[0], 1, FAKE_EXACT);
    struct hog_memory *both = fake_memory_create(pages->segments, 2, FAKE_EXACT);
    struct hog_memory *memory = hog_memory_with_fallback(low, both);
    unsigned char buffers[SPANS][8];
    struct hog_span spans[SPANS];

    for (size_t i = 0; i < SPANS; i++)
        spans[i] = (struct hog_span){.address = FIRST + (i % 6) * PAGE, .buffer = buffers[i], .length = 8};
    hog_memory_read_batch(memory, spans, SPANS);
    for (size_t i = 0; i < SPANS; i++) {
        assert_int_equal(spans[i].got, i % 6 == 3 ? 0 : 8);
        assert_bytes(buffers[i], spans[i].address, spans[i].got);
    }
    assert_int_equal(low->stats.reads, 1);
    assert_int_equal(both->stats.reads, 2); /* 100 spans in batches of 64 */
    hog_memory_destroy(memory);
}

/* A debugger that gives all of a request or nothing. */
static size_t all_or_nothing(void *context, uint64_t address, void *buffer, size_t length)
{
    return hog_memory_read_some(context, address, buffer, length) == length ? length : 0;
}

static void test_debugger(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *memory = hog_memory_of_debugger(all_or_nothing, pages->memory);
    unsigned char buffer[4 * PAGE];

    assert_int_equal(hog_memory_read(memory, FIRST, buffer, 3 * PAGE), HOG_OK);
    assert_bytes(buffer, FIRST, 3 * PAGE);
    assert_int_equal(memory->stats.reads, 1);
    assert_int_equal(hog_memory_read_some(memory, FIRST + 10, buffer, sizeof buffer), 3 * PAGE - 10);
    assert_bytes(buffer, FIRST + 10, 3 * PAGE - 10);
    assert_int_equal(memory->fault, FIRST + 3 * PAGE);
    assert_int_equal(memory->stats.bytes, 6 * PAGE - 10);
    assert_int_equal(hog_memory_read_some(memory, FIRST + 3 * PAGE, buffer, 8), 0);
    hog_memory_destroy(memory);
}

static void test_faults(void **state)
{
    struct pages *pages = *state;
    struct hog_memory *fault = fault_memory_create(pages->memory);
    uint64_t value = 0, plain = 0;

    assert_int_equal(hog_memory_u64(pages->memory, FIRST, &plain), HOG_OK);
    fault_memory_arm(fault, FAULT_UNREADABLE, 1);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_OK);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_UNREADABLE);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_OK);
    assert_int_equal(fault_memory_count(fault), 3);
    fault_memory_arm(fault, FAULT_FLIP, 0);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_OK);
    assert_int_equal(value, ~plain);
    fault_memory_arm(fault, FAULT_SELF_POINTER, 0);
    assert_int_equal(hog_memory_u64(fault, FIRST + 8, &value), HOG_OK);
    assert_int_equal(value, FIRST + 8);
    fault_memory_arm(fault, FAULT_UNREADABLE_FROM, 1);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_OK);
    assert_int_equal(value, plain);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_UNREADABLE);
    assert_int_equal(hog_memory_u64(fault, FIRST, &value), HOG_UNREADABLE);
    hog_memory_destroy(fault);
}

static void test_fake_edges(void **state)
{
    static const unsigned char byte = 5;
    struct fake_segment segment = {FIRST + 100, &byte, 1};
    struct hog_memory *memory = fake_memory_create(&segment, 1, FAKE_WHOLE_PAGES);
    unsigned char buffer[PAGE + 1];

    (void)state;
    assert_int_equal(hog_memory_read_some(memory, FIRST, buffer, sizeof buffer), PAGE);
    assert_int_equal(buffer[99] | buffer[101], 0);
    assert_int_equal(buffer[100], 5);
    hog_memory_destroy(memory);
}

int main(void)
{
#define WITH_PAGES(test) cmocka_unit_test_setup_teardown(test, make_pages, drop_pages)
    const struct CMUnitTest tests[] = {
        WITH_PAGES(test_words),
        WITH_PAGES(test_failed_word_leaves_result_and_sets_fault),
        WITH_PAGES(test_text),
        WITH_PAGES(test_cache_fetches_a_page_once),
        WITH_PAGES(test_cache_batch_is_one_source_call),
        WITH_PAGES(test_cache_bad_page_hides_nothing),
        WITH_PAGES(test_cache_refresh_bad_page_hides_nothing),
        cmocka_unit_test(test_cache_is_bounded),
        cmocka_unit_test(test_ends_of_the_address_space),
        WITH_PAGES(test_cache_half_page),
        WITH_PAGES(test_cache_memory_within_a_page),
        WITH_PAGES(test_recorder),
        WITH_PAGES(test_fallback),
        WITH_PAGES(test_debugger),
        WITH_PAGES(test_faults),
        cmocka_unit_test(test_fake_edges),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
