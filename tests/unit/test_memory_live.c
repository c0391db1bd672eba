/* memory/: a real process's memory (our own), holes in it, pages that nobody provides, and no /proc/PID/mem. */
#include "memory/memory.h"
#include "memory/provided.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Our own memory, with one page of every two protected. */
static void test_live(void **state)
{
    enum { PAGES = 3000 }; /* more than IOV_MAX */
    unsigned char *area =
        mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct hog_memory *memory = hog_memory_of_process(getpid());
    struct hog_span *spans = calloc(PAGES, sizeof *spans);
    uint32_t *values = calloc(PAGES, sizeof *values);

    (void)state;
    assert_true(area != MAP_FAILED);
    assert_non_null(spans);
    assert_non_null(values);
    for (uint32_t i = 0; i < PAGES; i++) {
        memcpy(area + i * PAGE + 40, &i, sizeof i);
        if (i % 50 == 3)
            assert_int_equal(munmap(area + i * PAGE, PAGE), 0);
        spans[i] = (struct hog_span){(uintptr_t)(area + i * PAGE + 40), &values[i], sizeof values[i], 0};
    }
    hog_memory_read_batch(memory, spans, PAGES);
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(spans[i].got, i % 50 == 3 ? 0 : sizeof values[i]);
        assert_int_equal(values[i], i % 50 == 3 ? 0 : i);
    }
    assert_int_equal(memory->stats.bytes, (PAGES - PAGES / 50) * sizeof *values);
    assert_string_equal(memory->source, "/proc/PID/mem");
    hog_memory_destroy(memory);
    munmap(area, PAGES * PAGE);
    free(spans);
    free(values);
}

static void test_live_span_runs_into_a_hole(void **state)
{
    unsigned char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct hog_memory *memory = hog_memory_of_process(getpid());
    unsigned char buffer[3 * PAGE];

    (void)state;
    assert_true(area != MAP_FAILED);
    munmap(area + 2 * PAGE, PAGE);
    assert_int_equal(hog_memory_read_some(memory, (uintptr_t)area + 10, buffer, sizeof buffer),
                     2 * PAGE - 10);
    assert_int_equal(memory->fault, (uintptr_t)area + 2 * PAGE);
    assert_int_equal(hog_memory_read_some(memory, 0, buffer, 8), 0);
    assert_int_equal(hog_memory_read_some(memory, UINT64_MAX - 4, buffer, 8), 0);
    assert_int_equal(hog_memory_read_some(memory, (uintptr_t)area, buffer, 0), 0);
    hog_memory_destroy(memory);
    munmap(area, 4 * PAGE);
}

/* As where /proc is not what it was. */
static bool forbid_opening(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In a child, that the filter may not stay with the other tests. Its exit status is the number of the failed
 * check. */
static int read_without_mem_file(const unsigned char *area)
{
    struct hog_memory *memory = hog_memory_of_process(getpid());
    unsigned char buffers[3][2 * PAGE];
    struct hog_span spans[3];

    for (size_t i = 0; i < 3; i++)
        spans[i] = (struct hog_span){(uintptr_t)area + i * PAGE, buffers[i], 2 * PAGE, 0};
    if (!memory || !forbid_opening())
        return 1;
    hog_memory_read_batch(memory, spans, 3);
    if (memory->stats.reads > 3)
        return 5;
    if (spans[0].got != 2 * PAGE || spans[1].got != PAGE || spans[2].got != 0)
        return 2;
    if (memcmp(buffers[0], area, 2 * PAGE) != 0 || memcmp(buffers[1], area + PAGE, PAGE) != 0)
        return 3;
    if (strcmp(memory->source, "process_vm_readv") != 0 || memory->fault != (uintptr_t)area + 2 * PAGE)
        return 4;
    hog_memory_destroy(memory);
    return 0;
}

static void test_vm_read_where_there_is_no_mem_file(void **state)
{
    unsigned char *area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status = -1;
    pid_t child;

    (void)state;
    assert_true(area != MAP_FAILED);
    for (size_t i = 0; i < 2 * PAGE; i++)
        area[i] = (unsigned char)(i * 3 ^ i >> 5);
    munmap(area + 2 * PAGE, PAGE);
    child = fork();
    if (child == 0)
        _exit(read_without_mem_file(area));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    munmap(area, 2 * PAGE);
}

/*
 * A page that whoever holds the userfaultfd is asked for, and never gives: in
 * a child with an alarm, as a read that waits for it ends with SIGALRM alone.
 */
static int read_what_nobody_provides(void)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register missing = {.mode = UFFDIO_REGISTER_MODE_MISSING};
    int provider = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    unsigned char *area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct hog_memory *memory = hog_memory_of_process(getpid());
    unsigned char buffer[3 * PAGE];

    missing.range.start = (uintptr_t)area + PAGE;
    missing.range.len = PAGE;
    memset(area, 'x', 3 * PAGE);
    if (provider < 0 || ioctl(provider, UFFDIO_API, &api) != 0 ||
        ioctl(provider, UFFDIO_REGISTER, &missing) != 0 || madvise(area + PAGE, PAGE, MADV_DONTNEED) != 0)
        return 77;
    alarm(10);
    if (hog_pages_are_provided(getpid()))
        return 3;
    if (hog_memory_read_some(memory, (uintptr_t)area, buffer, sizeof buffer) != PAGE)
        return 1;
    if (hog_memory_read_some(memory, (uintptr_t)area + 2 * PAGE, buffer, PAGE) != PAGE)
        return 2;
    hog_memory_destroy(memory);
    return 0;
}

/* One call for a batch; what only the file can read of it, and what nobody can, as without. */
static void test_joined(void **state)
{
    enum { PAGES = 8 };
    unsigned char *area =
        mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct hog_memory *memory = hog_memory_of_process(getpid());
    unsigned char buffers[PAGES][PAGE];
    struct hog_span spans[PAGES];

    (void)state;
    assert_true(area != MAP_FAILED);
    hog_memory_join(memory);
    for (int i = 0; i < PAGES; i++) {
        memset(area + i * PAGE, 'a' + i, PAGE);
        spans[i] = (struct hog_span){(uintptr_t)area + i * PAGE, buffers[i], PAGE, 0};
    }
    hog_memory_read_batch(memory, spans, PAGES);
    assert_int_equal(memory->stats.reads, 1);
    assert_int_equal(mprotect(area + PAGE, PAGE, PROT_NONE), 0);
    munmap(area + 4 * PAGE, PAGE);
    memset(buffers, 0, sizeof buffers);
    hog_memory_read_batch(memory, spans, PAGES);
    for (int i = 0; i < PAGES; i++) {
        assert_int_equal(spans[i].got, i == 4 ? 0 : PAGE);
        assert_int_equal(buffers[i][PAGE - 1], i == 4 ? 0 : 'a' + i);
    }
    hog_memory_destroy(memory);
    munmap(area, PAGES * PAGE);
}

static void test_left_out(void **state)
{
    unsigned char *area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct hog_memory *memory = hog_memory_of_process(getpid());
    uint64_t start = (uintptr_t)area;
    unsigned char buffer[3 * PAGE];

    (void)state;
    assert_true(area != MAP_FAILED);
    assert_true(hog_memory_leave_out(memory, start + PAGE, start + 2 * PAGE));
    assert_int_equal(hog_memory_read_some(memory, start, buffer, 3 * PAGE), PAGE);
    assert_int_equal(memory->fault, start + PAGE);
    assert_int_equal(hog_memory_read_some(memory, start + PAGE + 8, buffer, 8), 0);
    assert_int_equal(hog_memory_read_some(memory, start + 2 * PAGE, buffer, PAGE), PAGE);
    hog_memory_destroy(memory);
    munmap(area, 3 * PAGE);
}

static void test_userfaultfd(void **state)
{
    int status = -1;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(read_what_nobody_provides());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("skipped: no userfaultfd here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void test_no_such_process(void **state)
{
    struct hog_memory *memory = hog_memory_of_process(0x3ffffffe);
    uint64_t word;

    (void)state;
    assert_int_equal(hog_memory_u64(memory, 0x10000, &word), HOG_UNREADABLE);
    hog_memory_destroy(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_live_span_runs_into_a_hole),
        cmocka_unit_test(test_vm_read_where_there_is_no_mem_file),
        cmocka_unit_test(test_userfaultfd),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_no_such_process),
    };

    return cmocka_run_group_tests_name("live memory", tests, NULL, NULL);
}
