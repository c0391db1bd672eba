/* System calls by number, against the kernel's own header of this machine and what the other one has. */
#include "memory/system_calls.h"

#include "memory/process.h"
#include "support/fake_memory.h"
#include "support/test.h"

#include <elf.h>
#include <string.h>
#include <sys/syscall.h>

enum { LARGEST = 600 };

static void names_are_those_of_the_header(void **state)
{
    static const struct {
        const char *name;
        int64_t x86_64, aarch64; /* -1: it has no such call */
    } calls[] = {
        {"read", 0, 63},          {"open", 2, -1},
        {"poll", 7, -1},          {"futex", 202, 98},
        {"pause", 34, -1},        {"restart_syscall", 219, 128},
        {"waitid", 247, 95},      {"openat", 257, 56},
        {"epoll_pwait", 281, 22}, {"ppoll", 271, 73},
        {"futex_wait", 455, 455}, {"futex_waitv", 449, 449},
        {"rseq", 334, 293},       {"io_uring_enter", 426, 426},
        {"clone3", 435, 435},     {"statx", 332, 291},
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        assert_string_equal(hog_system_call_name(EM_X86_64, calls[i].x86_64), calls[i].name);
        if (calls[i].aarch64 >= 0)
            assert_string_equal(hog_system_call_name(EM_AARCH64, calls[i].aarch64), calls[i].name);
    }
#if defined(__x86_64__)
    assert_string_equal(hog_system_call_name(EM_X86_64, SYS_futex), "futex");
    assert_string_equal(hog_system_call_name(EM_X86_64, SYS_epoll_wait), "epoll_wait");
    assert_string_equal(hog_system_call_name(EM_X86_64, SYS_pselect6), "pselect6");
    assert_string_equal(hog_system_call_name(EM_X86_64, SYS_openat2), "openat2");
#endif
}

static void what_there_is_not_has_no_name(void **state)
{
    (void)state;
    assert_null(hog_system_call_name(EM_X86_64, -1));
    assert_null(hog_system_call_name(EM_X86_64, LARGEST));
    assert_null(
        hog_system_call_name(EM_X86_64, 400)); /* between those of before and those that all have since */
    assert_null(hog_system_call_name(EM_AARCH64, 400));
    assert_null(hog_system_call_name(EM_386, 3));
    assert_false(hog_system_calls_are_known(EM_386));
    assert_true(hog_system_calls_are_known(EM_X86_64));
    assert_true(hog_system_calls_are_known(EM_AARCH64));
}

/* In which a thread is asleep for as long as something takes that is not of this machine's making. */
static void some_of_them_sleep(void **state)
{
    static const int64_t sleep[] = {7, 23, 34, 35, 42, 43, 45, 47, 61, 202, 230, 232, 247, 270, 271, 281};
    static const int64_t work[] = {-1, 9, 12, 39, 56, 59, 96, 186, 228, 334, 400};
    unsigned names = 0;

    (void)state;
    for (int64_t number = 0; number < LARGEST; number++)
        names += hog_system_call_name(EM_X86_64, number) != NULL;
    assert_true(names > 350); /* Linux 6.1 has 362 */
    for (size_t i = 0; i < sizeof sleep / sizeof *sleep; i++)
        assert_true(hog_system_call_sleeps(EM_X86_64, sleep[i]));
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        assert_false(hog_system_call_sleeps(EM_X86_64, work[i]));
    assert_true(hog_system_call_sleeps(EM_AARCH64, 98));
}

static void waits_for_a_futex_are_known(void **state)
{
    static const int64_t futexes[] = {202, 219,
                                      455}; /* futex, restart_syscall, which may be one, futex_wait */
    size_t found = 0;

    (void)state;
    for (int64_t number = 0; number < LARGEST; number++)
        found += hog_system_call_is_futex(EM_X86_64, number);
    assert_int_equal(found, sizeof futexes / sizeof *futexes);
    for (size_t i = 0; i < sizeof futexes / sizeof *futexes; i++)
        assert_true(hog_system_call_is_futex(EM_X86_64, futexes[i]));
    assert_true(hog_system_call_is_futex(EM_AARCH64, 98));
    assert_false(hog_system_call_is_futex(EM_AARCH64, 202));
}

/*
 * A call that a stop has interrupted: what the C library does before it asks for poll(), in the forms that there are; and
 * forms that are none of these.
 */
enum {
    CODE = 0x10000,
    STACK = 0x20000,
    CALLER = CODE + 0x100,
    RESTART = 219,
    POLL = 7,
    PPOLL = 271,
    GETPID = 39
};
static const struct restarted {
    unsigned char before[7];  /* what ends at the program counter */
    unsigned char caller[16]; /* what ends at the caller's return address */
    uint64_t words[6], stack_pointer;
    int64_t expected;
} restarted[] = {
    {{0xb8, POLL, 0, 0, 0, 0x0f, 0x05}, {0}, {0}, 0, POLL},
    {{0xb8, GETPID, 0, 0, 0, 0x0f, 0x05}, {0}, {0}, 0, RESTART}, /* which never sleeps */
    {{0x48, 0x8b, 0x44, 0x24, 0x20, 0x0f, 0x05}, {0}, {1, 2, 3, 4, POLL}, STACK, POLL},
    {{0x48, 0x8b, 0x44, 0x24, 0x20, 0x0f, 0x05}, {0}, {1, 2, 3, 4, POLL}, 0, RESTART},
    {{0x48, 0x8b, 0x44, 0x24, 0x20, 0x0f, 0x05}, {0}, {1, 2, 3, 4, UINT64_MAX}, STACK, RESTART},
    {{0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05},
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6a, POLL, 0xe8, 1, 2, 3, 4},
     {1, 2, CALLER, POLL},
     STACK,
     POLL},
    {{0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05},
     {0x68, PPOLL & 0xff, PPOLL >> 8, 0, 0, 0x31, 0xff, 0x31, 0xf6, 0x90, 0x90, 0xe8, 1, 2, 3, 4},
     {1, 2, 3, CALLER, PPOLL},
     STACK,
     PPOLL},
    {{0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05}, /* what it pushed is another number */
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6a, POLL + 1, 0xe8, 1, 2, 3, 4},
     {1, 2, CALLER, POLL},
     STACK,
     RESTART},
    {{0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05}, /* no call */
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6a, POLL, 0xe9, 1, 2, 3, 4},
     {1, 2, CALLER, POLL},
     STACK,
     RESTART},
    {{0x90, 0x90, 0x90, 0x90, 0x90, 0x0f, 0x05}, {0}, {POLL, POLL, POLL}, STACK, RESTART},
};

static int64_t number_of(const struct restarted *one)
{
    unsigned char code[0x200] = {0};
    const struct fake_segment segments[] = {{CODE, code, sizeof code},
                                            {STACK, one->words, sizeof one->words}};
    struct hog_memory *memory = fake_memory_create(segments, 2, FAKE_EXACT);
    const struct hog_thread_registers registers = {.known = true,
                                                   .system_call = RESTART,
                                                   .program_counter = CODE + 0x40,
                                                   .stack_pointer = one->stack_pointer};
    int64_t number;

    assert_non_null(memory);
    memcpy(code + 0x40 - sizeof one->before, one->before, sizeof one->before);
    memcpy(code + 0x100 - sizeof one->caller, one->caller, sizeof one->caller);
    number = hog_system_call_waits_in(EM_X86_64, &registers, memory);
    hog_memory_destroy(memory);
    return number;
}

static void a_restarted_call_is_named_by_the_code_before_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof restarted / sizeof *restarted; i++)
        assert_int_equal(number_of(&restarted[i]), restarted[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_header),
        cmocka_unit_test(what_there_is_not_has_no_name),
        cmocka_unit_test(some_of_them_sleep),
        cmocka_unit_test(waits_for_a_futex_are_known),
        cmocka_unit_test(a_restarted_call_is_named_by_the_code_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
