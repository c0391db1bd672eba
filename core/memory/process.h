/*
 * The process as its memory source knows it: mappings, threads, identity.
 *
 * One struct for the three kinds of debuggee. A live local process is read
 * from /proc/PID, a core file from its notes, a remote one from what the
 * debugger tells. Everything in it is fixed when it is opened; it is opened
 * anew for every command, because a live process goes on between commands.
 */
#ifndef HOG_MEMORY_PROCESS_H
#define HOG_MEMORY_PROCESS_H

#include "base/arena.h"
#include "hognose.h"
#include "memory/memory.h"
#include "memory/signal.h"

/* One line of /proc/PID/maps, or one entry of NT_FILE / one PT_LOAD of a core. */
struct hog_mapping {
    uint64_t start, end;
    uint64_t file_offset;
    bool readable, writable, executable;
    bool deleted;     /* the file is no longer the one at `path` (unlinked or replaced) */
    const char *path; /* as the process sees it; "" for anonymous memory */
    bool served;      /* its file is on a file system that a user's program serves: not read */
};

enum { HOG_NAME_OF_THREAD = 32, HOG_CALL_ARGUMENTS = 6 };

/* Where a thread stands in the kernel's eyes, read from registers or /proc. */
struct hog_thread_registers {
    bool known;          /* the two below were read */
    int64_t system_call; /* number of the system call it is in, or -1: in user code */
    uint64_t
        arguments[HOG_CALL_ARGUMENTS]; /* of that call: for futex(2) the first is the address waited on */
    unsigned argument_count;           /* of them known; what lies behind is 0 */
    uint64_t program_counter, stack_pointer; /* 0 unknown */
    bool has_thread_pointer;                 /* thread_pointer was read */
    uint64_t thread_pointer;                 /* = pthread_self() on glibc and musl */
};

struct hog_os_thread {
    int64_t lwp;
    int64_t namespace_lwp;   /* its id in its own pid namespace (a container), 0: the same */
    int64_t debugger_number; /* gdb's or lldb's own number; 0 when the debugger does not know the thread */
    char name[HOG_NAME_OF_THREAD]; /* the OS's (comm), "" when unknown: see hog_process_thread_name */
    bool name_unread;              /* of a process that runs: nobody has asked for it yet */
    bool on_cpu; /* state R in /proc: only meaningful when the debugger has not stopped it */
    bool held;   /* live: in a tracing stop, or stopped by a signal */
    bool runs;   /* it should be held and is not: what is read of it may be of several moments */
    bool asleep; /* of a process that runs: it was not on a CPU after `timeslices` was read */
    bool timeslices_known;
    uint64_t timeslices; /* of a process that runs: how often it was put on a CPU; see stillness.h */
    /* Live: the head of its list of robust futexes, which lies in its struct pthread, above its stack; 0 unknown. */
    uint64_t robust_list;
    int timeslices_file; /* where that was read, to be read again; 0: it was not kept open */
    struct hog_thread_registers registers;
};

/* A module as the debugger lists it: what helps to find files of a remote process on this machine. */
struct hog_known_module {
    const char *path;       /* as the process sees it */
    uint64_t load_address;  /* of the ELF header where known, else of the first mapped byte; 0 unknown */
    const char *local_path; /* a copy readable on this machine, "" none */
};

struct hog_process {
    enum hog_target_kind kind; /* HOG_TARGET_LIVE, _CORE or _REMOTE */
    bool runs;                 /* nobody has stopped it: hog_process_open_running */
    bool is_dump;              /* what is left of one, which the debugger alone can read: a minidump */
    int64_t pid;
    const char *executable; /* path as the process sees it, "" unknown */
    /* A name of it that the user or the debugger gave, and so is trusted; "" none. */
    const char *given_executable;
    const char *command_line; /* arguments joined with blanks, "" unknown */
    const char *core_path;    /* "" unless a core */
    const char *root; /* prefix under which the process's files are found: "", "/proc/PID/root", a sysroot */
    double
        began; /* seconds since the epoch: when it was started; of a core, when that was written; 0 unknown */
    unsigned elf_machine; /* EM_X86_64, EM_AARCH64; 0 unknown */

    const struct hog_mapping *mappings; /* ascending; empty for a remote process: see locate/modules.h */
    size_t mapping_count;
    const struct hog_known_module *modules; /* what the host lists, a remote process only; may be empty */
    size_t module_count;
    struct hog_os_thread *threads;
    size_t thread_count;
    uint64_t phdr_address;    /* AT_PHDR, 0 unknown: the way to the executable where mappings are unknown */
    uint64_t phdr_count;      /* AT_PHNUM */
    uint64_t entry_address;   /* AT_ENTRY, 0 unknown */
    struct hog_signal signal; /* that ended it, or that it is stopped for; of number 0: none or unknown */

    struct hog_memory *memory;    /* uncached source, owned */
    bool truncated;               /* a core whose file ends before its segments do */
    const char *dump_filter_hint; /* a core that lacks pages that matter: what to set, "" else */
    const char *const *warnings;  /* what was odd about the source, for the snapshot's warnings */
    size_t warning_count;

    struct hog_arena arena; /* holds all of the above */
    struct hog_error error;
};

/*
 * Opens a local process. On failure the process's `error` says whether it is
 * gone, a zombie, held by another debugger (by name), or closed to us (and
 * by which sysctl or capability). `process` must be deinit'ed either way.
 */
enum hog_status hog_process_open_live(struct hog_process *process, int64_t pid) HOG_CHECKED;

/* The same of one that nobody has stopped: each thread's count of time slices is read too. */
enum hog_status hog_process_open_running(struct hog_process *process, int64_t pid) HOG_CHECKED;

struct hog_core_request {
    const char *path;
    const char *executable; /* replaces the path recorded in the core; "" does not */
    const char *sysroot;    /* below which the mapped files are found; "" none */
    /* Polled while a compressed core is unpacked, which may take long; NULL: never. */
    bool (*interrupted)(void *context);
    void *context;
};

/*
 * Opens a core file by itself: PT_LOAD, NT_FILE, NT_PRSTATUS, NT_PRPSINFO,
 * NT_AUXV. Pages not in the core come from the mapped files. Compressed cores
 * (zstd, gzip) are unpacked to an unlinked temporary file first.
 */
enum hog_status hog_process_open_core(struct hog_process *process,
                                      const struct hog_core_request *request) HOG_CHECKED;

/* An empty process to be filled by the host (remote targets); memory is taken over. */
void hog_process_init_remote(struct hog_process *process, int64_t pid, struct hog_memory *memory);

void hog_process_deinit(struct hog_process *process);

const struct hog_mapping *hog_process_mapping_at(const struct hog_process *process, uint64_t address);
struct hog_os_thread *hog_process_thread(const struct hog_process *process, int64_t lwp);
/* The OS's name of one of its threads, which is read when it is asked for first. "" when unknown. */
const char *hog_process_thread_name(const struct hog_process *process, struct hog_os_thread *thread);

/*
 * Why a debugger could not attach to `pid`, in words with the remedy: no such
 * process, zombie, traced by another (named), other user, yama, no
 * CAP_SYS_PTRACE. HOG_OK when nothing stands in the way.
 */
enum hog_status hog_process_explain_access(int64_t pid, struct hog_error *error) HOG_CHECKED;

#endif
