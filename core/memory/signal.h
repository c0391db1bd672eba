/*
 * The signal that ended a process, or that it is stopped for, and what the
 * kernel noted with it:
 *
 *      siginfo_t   | si_signo | si_errno | si_code | - | si_addr                 of a fault
 *                   0          4          8             16
 *                                                     | si_pid | si_uid          of one that a process sent
 *                                                      16       20
 *
 * Where it comes from: NT_SIGINFO of a core, else the signal of its first
 * NT_PRSTATUS; of a live process the debugger knows it alone.
 */
#ifndef HOG_MEMORY_SIGNAL_H
#define HOG_MEMORY_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hog_signal_origin {
    HOG_SIGNAL_OF_UNKNOWN,
    HOG_SIGNAL_OF_FAULT,   /* of an instruction that the thread ran: `address` */
    HOG_SIGNAL_OF_PROCESS, /* kill, tgkill, sigqueue: `sender` */
    HOG_SIGNAL_OF_KERNEL,  /* some other reason of its own: a limit, a timer, a child */
};

struct hog_signal {
    int number;  /* 0: none, or unknown */
    int64_t lwp; /* the thread that it was for; 0 unknown */
    bool has_code;
    int32_t code; /* si_code */
    enum hog_signal_origin origin;
    uint64_t address; /* HOG_SIGNAL_OF_FAULT, where has_address */
    bool has_address;
    int64_t
        sender; /* HOG_SIGNAL_OF_PROCESS: its pid, as the thread sees it; 0: it is of a namespace outside */
    uint32_t sender_uid; /* and its user */
};

/* Of the bytes of a siginfo_t. False, and nothing is stored: there are too few of them, or no signal. */
bool hog_signal_read(const void *bytes, size_t size, struct hog_signal *ret_signal);
/* Of its members, where a debugger gives them one by one. */
struct hog_signal hog_signal_of(int number, int32_t code, uint64_t address, int64_t sender,
                                uint32_t sender_uid);

/* Did the thread bring it on itself, by what it ran? `pid` is its process. */
bool hog_signal_is_crash(const struct hog_signal *signal, int64_t pid);

/* "SIGSEGV", and "SEGV_MAPERR" (NULL: it has no name here). `buffer` is for numbers without a name. */
enum { HOG_SIGNAL_NAME = 24 };
const char *hog_signal_name(int number, char buffer[HOG_SIGNAL_NAME]);
const char *hog_signal_code_name(const struct hog_signal *signal);
/* The code in words, "nothing is mapped there"; NULL: none that help. */
const char *hog_signal_code_words(const struct hog_signal *signal);

#endif
