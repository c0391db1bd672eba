/* memory/signal.c: what a siginfo_t says, in the words of signal(7) and sigaction(2). */
#define _GNU_SOURCE
#include "memory/signal.h"
#include "support/test.h"

#include <signal.h>
#include <string.h>

static void names_are_those_of_the_system(void **state)
{
    static const struct {
        int number;
        const char *name;
    } wanted[] = {{SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
                  {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"},
                  {SIGSEGV, "SIGSEGV"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGSYS, "SIGSYS"},
                  {SIGPROF, "SIGPROF"}, {0, "signal 0"},      {-1, "signal -1"},    {32, "signal 32"},
                  {64, "signal 64"}};
    char buffer[HOG_SIGNAL_NAME];

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_string_equal(hog_signal_name(wanted[i].number, buffer), wanted[i].name);
    assert_string_equal(hog_signal_name(SIGSYS + 1, buffer), "signal 32");
}

static void codes_are_told_apart_by_their_signal(void **state)
{
    static const struct {
        int number, code;
        const char *name, *words;
    } wanted[] = {
        {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "nothing is mapped there"},
        {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "not allowed there"},
        {SIGSEGV, SI_KERNEL, "SI_KERNEL", "no address of memory"},
        {SIGBUS, SI_KERNEL, "SI_KERNEL", NULL},
        {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "beyond the end of the mapped file"},
        {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "an integer divided by zero"},
        {SIGTERM, SI_USER, "SI_USER", NULL},
        {SIGABRT, SI_TKILL, "SI_TKILL", NULL},
        {SIGALRM, SI_TIMER, "SI_TIMER", "a timer"},
        {SIGSEGV, 77, NULL, NULL},
        {SIGTERM, SEGV_MAPERR, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct hog_signal signal = hog_signal_of(wanted[i].number, wanted[i].code, 0, 0, 0);
        const char *name = hog_signal_code_name(&signal), *words = hog_signal_code_words(&signal);

        assert_string_equal(name ? name : "", wanted[i].name ? wanted[i].name : "");
        assert_string_equal(words ? words : "", wanted[i].words ? wanted[i].words : "");
    }
    assert_null(hog_signal_code_name(&(struct hog_signal){.number = SIGSEGV, .code = SEGV_MAPERR}));
}

static void only_a_fault_has_an_address(void **state)
{
    struct hog_signal signal = hog_signal_of(SIGSEGV, SEGV_MAPERR, 0x10, 4711, 1000);

    (void)state;
    assert_int_equal(signal.origin, HOG_SIGNAL_OF_FAULT);
    assert_true(signal.has_address);
    assert_int_equal(signal.address, 0x10);
    assert_int_equal(signal.sender, 0);
    signal = hog_signal_of(SIGSEGV, SI_KERNEL, 0x10, 0,
                           0); /* of a pointer that is none, the kernel knows no address */
    assert_false(signal.has_address);
    assert_int_equal(signal.address, 0);
    signal = hog_signal_of(SIGSEGV, SI_USER, 0x10, 4711, 1000);
    assert_int_equal(signal.origin, HOG_SIGNAL_OF_PROCESS);
    assert_false(signal.has_address);
    assert_int_equal(signal.sender, 4711);
    assert_int_equal(signal.sender_uid, 1000);
    assert_int_equal(hog_signal_of(SIGTERM, SI_QUEUE, 0, -1, 0).sender, 0);
    assert_int_equal(hog_signal_of(SIGALRM, SI_TIMER, 0, 0, 0).origin, HOG_SIGNAL_OF_KERNEL);
    assert_int_equal(hog_signal_of(SIGCHLD, CLD_EXITED, 0, 0, 0).origin, HOG_SIGNAL_OF_KERNEL);
}

static void who_brought_it_on_itself(void **state)
{
    static const struct {
        int number, code;
        int64_t sender;
        bool is_crash;
    } wanted[] = {
        {SIGSEGV, SEGV_MAPERR, 0, true}, {SIGBUS, BUS_ADRERR, 0, true},  {SIGILL, ILL_ILLOPC, 0, true},
        {SIGFPE, FPE_INTDIV, 0, true},   {SIGTRAP, TRAP_BRKPT, 0, true}, {SIGABRT, SI_TKILL, 5, true},
        {SIGABRT, SI_TKILL, 6, false},   {SIGSEGV, SI_USER, 6, false},   {SIGSYS, 1, 0, true},
        {SIGTERM, SI_TKILL, 5, false},   {SIGKILL, SI_USER, 5, false},   {SIGPIPE, SI_USER, 5, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct hog_signal signal =
            hog_signal_of(wanted[i].number, wanted[i].code, 0, wanted[i].sender, 0);

        assert_int_equal(hog_signal_is_crash(&signal, 5), wanted[i].is_crash);
    }
    assert_true(
        hog_signal_is_crash(&(struct hog_signal){.number = SIGABRT}, 5)); /* nothing is known of its sender */
    assert_false(hog_signal_is_crash(&(struct hog_signal){0}, 5));
}

static void bytes_are_those_of_the_kernel(void **state)
{
    siginfo_t info = {.si_signo = SIGSEGV, .si_code = SEGV_ACCERR};
    struct hog_signal signal = {0};

    (void)state;
    info.si_addr = (void *)0x123456789ab0; // NOLINT(performance-no-int-to-ptr)
    assert_true(hog_signal_read(&info, sizeof info, &signal));
    assert_int_equal(signal.number, SIGSEGV);
    assert_int_equal(signal.code, SEGV_ACCERR);
    assert_int_equal(signal.address, 0x123456789ab0);
    info = (siginfo_t){.si_signo = SIGTERM, .si_code = SI_USER};
    info.si_pid = 4711;
    info.si_uid = 1000;
    assert_true(hog_signal_read(&info, 24, &signal));
    assert_int_equal(signal.sender, 4711);
    assert_int_equal(signal.sender_uid, 1000);
    assert_false(hog_signal_read(&info, 23, &signal));
    info.si_signo = 0;
    assert_false(hog_signal_read(&info, sizeof info, &signal));
    info.si_signo = NSIG;
    assert_false(hog_signal_read(&info, sizeof info, &signal));
    info.si_signo = NSIG - 1;
    assert_true(hog_signal_read(&info, sizeof info, &signal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_system),
        cmocka_unit_test(codes_are_told_apart_by_their_signal),
        cmocka_unit_test(only_a_fault_has_an_address),
        cmocka_unit_test(who_brought_it_on_itself),
        cmocka_unit_test(bytes_are_those_of_the_kernel),
    };

    return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
