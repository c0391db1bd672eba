/* The words for each way in which a process can be kept from us: what the facts say, and what is said of them. */
#define _GNU_SOURCE
#include "memory/access.h"
#include "support/test.h"

#include <string.h>

static const struct access_facts fine = {
    .pid = 123,
    .proc_mounted = true,
    .exists = true,
    .name = "python3",
    .state = 'S',
    .parent = 45,
    .parent_name = "bash",
    .threads = 1,
    .user = 1000,
    .user_name = "ann",
    .same_user = true,
    .dumpable = true,
    .memory_opens = true,
    .our_user = 1000,
    .yama = -1,
};

static void assert_judged(struct access_facts facts, enum access_wish wish, enum hog_status status,
                          const char *words)
{
    struct hog_error error = {.message = ""};

    assert_int_equal(access_judge(&facts, wish, &error), status);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, error.message);
}

static void test_words(void **state)
{
    struct access_facts facts = fine;

    (void)state;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_OK, "");
    facts.tracer = 456;
    strcpy(facts.tracer_name, "gdb");
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED,
                  "process 123 (python3) is being traced by 456 (gdb): detach that debugger first");
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_OK, "");
    facts = fine;
    facts.state = 'Z';
    assert_judged(
        facts, ACCESS_TO_ATTACH, HOG_NO_PROCESS,
        "process 123 (python3) is a zombie: it has exited and its parent 45 (bash) has not collected it; "
        "there is no memory to read");
    facts = fine;
    facts.kernel_thread = true;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_NO_PROCESS, "thread of the kernel");
    facts = fine;
    facts.ptrace_blocked = true;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED, "seccomp");
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_OK, "");
    facts.proc_mounted = false;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED, "/proc is not mounted");
    facts = fine;
    facts.exists = false;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_NO_PROCESS, "there is no process 123");
    facts.hidden = true;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED, "hidepid");
}

static void test_words_of_a_refusal(void **state)
{
    struct access_facts refused = fine;
    struct access_facts facts;

    (void)state;
    refused.memory_opens = false;
    facts = refused;
    facts.same_user = false;
    facts.user = 1001;
    strcpy(facts.user_name, "bob");
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED,
                  "process 123 (python3) belongs to user bob (uid 1001), you are "
                  "uid 1000: run this as that user or with sudo");
    facts.our_user = 0;
    assert_judged(facts, ACCESS_TO_ATTACH, HOG_DENIED, "docker run --cap-add=SYS_PTRACE");
    facts = refused;
    facts.yama = 1;
    assert_judged(
        facts, ACCESS_TO_MEMORY, HOG_DENIED,
        "kernel.yama.ptrace_scope is 1: run as root, or `sysctl kernel.yama.ptrace_scope=0`, or start the "
        "process under the debugger");
    facts.in_container = true;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED, "securityContext.capabilities.add [SYS_PTRACE]");
    facts.yama = 2;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED, "ptrace_scope is 2");
    facts.may_trace_all = true;
    facts.yama = 3;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED, "until the machine boots with another value");
    facts = refused;
    facts.dumpable = false;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED, "PR_SET_DUMPABLE");
    facts = refused;
    facts.in_container = true;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED, "CAP_SYS_PTRACE is missing");
    facts = refused;
    facts.may_trace_all = true;
    assert_judged(facts, ACCESS_TO_MEMORY, HOG_DENIED,
                  "uid 1000 with CAP_SYS_PTRACE: it may lie in an outer user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_of_a_refusal),
    };

    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
