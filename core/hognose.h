/*
 * hognose: the only public header. What a debugger plugin needs, and no more.
 *
 *     gdb-plugin, lldb-plugin            this header               the core
 *     ───────────────────────            ───────────               ────────
 *     struct hog_host (callbacks)  ───▶  hog_session_create   ───▶ one debugger session
 *     the user typed a command     ───▶  hog_session_run      ───▶ options, decoding, rendering
 *     names, help, completion      ◀───  hog_command, hog_session_complete
 *     settings                     ◀──▶  hog_settings, hog_session_set, hog_session_get
 *
 * The plugins know no CPython structure, parse no option and format no row;
 * the core knows no debugger. A session is single-threaded; two sessions, or
 * two inferiors in one session, do not disturb each other.
 */
#ifndef HOGNOSE_H
#define HOGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOG_PUBLIC __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

#define HOGNOSE_VERSION "0.1.0"

/* What the debugger is looking at. */
enum hog_target_kind {
    HOG_TARGET_NOTHING, /* no process, no core */
    HOG_TARGET_LIVE,    /* a process on this machine: stopped, or see `runs` */
    HOG_TARGET_CORE,
    HOG_TARGET_REMOTE,  /* gdbserver, lldb-server, qemu, rr: memory only through the debugger */
    HOG_TARGET_RUNNING, /* a live process which the debugger has not stopped */
};

struct hog_host_process {
    enum hog_target_kind target;
    int64_t pid;            /* 0 unknown */
    const char *core_path;  /* HOG_TARGET_CORE; NULL unknown */
    const char *executable; /* the file the user gave or the debugger found; NULL none */
    const char *sysroot;    /* where the debugger looks for the target's files; NULL or "" none */
    /* HOG_TARGET_LIVE: nobody has stopped it. It is read while it runs; if that may be wrong, again while `hold` holds. */
    bool runs;
    int64_t attach_request; /* pid the debugger was asked to attach to (and perhaps failed), 0 unknown */
};

struct hog_host_thread {
    int64_t lwp;
    int64_t number;          /* the debugger's own thread number */
    const char *name;        /* NULL unknown */
    bool has_thread_pointer; /* pthread_self, from the fs_base / tpidr register or libthread_db */
    uint64_t thread_pointer;
    bool has_system_call; /* orig_rax and rdi (x8, x0 on aarch64) were read */
    int64_t system_call;  /* -1: in user code */
    uint64_t arguments[6];
    unsigned argument_count; /* of them known, from the first */
    /*
     * The system call is what a register was said to hold, rather than the kernel's word: a stub that has no such
     * register makes something up. What stands around it proves it.
     */
    bool from_registers;
    uint64_t program_counter, stack_pointer, result; /* rip, rsp and rax; pc, sp and x0 */
};

/* The signal that a process is stopped for, out of its siginfo_t. */
struct hog_host_signal {
    int number;  /* 0: none is known */
    int64_t lwp; /* the thread that it is for */
    bool has_code;
    int32_t code;        /* si_code; what follows holds where that says so */
    uint64_t address;    /* si_addr */
    int64_t sender;      /* si_pid */
    uint32_t sender_uid; /* si_uid */
};

struct hog_host_module {
    const char *path;       /* as the target sees it, without a "target:" prefix */
    uint64_t load_address;  /* of the ELF header where known, else of the first mapped byte; 0 unknown */
    const char *local_path; /* a copy readable on this machine; NULL none */
};

/* A C frame, as the debugger's unwinder gives it; functions that are inlined have frames of their own. */
struct hog_host_frame {
    uint64_t pc;
    uint64_t stack_pointer; /* of this frame, as it is unwound; 0 unknown */
    const char *function;   /* NULL: there is no symbol */
    const char *module;     /* path of the file that holds it; NULL unknown */
    const char *source;     /* source file; NULL unknown */
    uint32_t line;          /* in it; 0 unknown */
};

enum hog_stream { HOG_STDOUT, HOG_STDERR };

/* Why a process that was let run stands still again. */
enum hog_run_end {
    HOG_RUN_STOPPED,     /* request_stop, and nothing else */
    HOG_RUN_INTERRUPTED, /* Ctrl-C */
    HOG_RUN_EXITED,      /* it ended; words has the exit status or the signal that killed it */
    HOG_RUN_SIGNAL,      /* a signal that the debugger stops for */
    HOG_RUN_BREAKPOINT,  /* a breakpoint, watchpoint or catchpoint of the user's */
    HOG_RUN_FAILED,      /* the debugger could not let it run */
};

struct hog_run_result {
    enum hog_run_end end;
    char words[160]; /* "it exited with status 3", "signal SIGSEGV in thread 2"; "" for the first two */
};

/*
 * Callbacks into the debugger. `self` is passed back. Lists are reported
 * through `add`; strings need to live only for the call. All are called on
 * the thread that called hog_session_run. Those marked optional may be NULL.
 */
struct hog_host {
    void *self;
    const char *debugger_name;    /* "gdb", "lldb" */
    const char *debugger_version; /* "13.1" */

    void (*describe_process)(void *self, struct hog_host_process *ret_process);
    /*
     * Bytes read from the start of the range: 0 when the first is unreadable. NULL: no host that reads better than
     * the core does by itself, of processes of this machine and cores.
     */
    size_t (*read_memory)(void *self, uint64_t address, void *buffer, size_t length);
    /* Not asked of a process that `runs`: nobody has numbered its threads, and the kernel knows the rest. */
    void (*list_threads)(void *self, void (*add)(void *context, const struct hog_host_thread *thread),
                         void *context);
    /* Optional; asked only of remote targets, where the core has no mappings of its own. */
    void (*list_modules)(void *self, void (*add)(void *context, const struct hog_host_module *module),
                         void *context);
    /* Optional; remote targets: the auxiliary vector as raw bytes. Returns bytes stored, 0 unknown. */
    size_t (*read_auxv)(void *self, void *buffer, size_t size);
    /*
     * Optional. The frames of a thread that stands still, innermost first, at most `max`. Fewer where the
     * unwinder comes no further, or Ctrl-C ended it. Selects nothing, prints nothing, calls nothing in the
     * process.
     */
    void (*list_native_frames)(void *self, int64_t lwp, size_t max,
                               void (*add)(void *context, const struct hog_host_frame *frame), void *context);
    /*
     * Optional. The signal of the process's own that it is stopped for: not one by which the debugger stops it,
     * such as a breakpoint's. Asked where the core cannot know it, of live and remote processes.
     */
    void (*stop_signal)(void *self, struct hog_host_signal *ret_signal);
    /*
     * Optional. Seconds of CPU that a thread of a remote target has had in all; negative: not known, its server gives no
     * files. The process stands still.
     */
    double (*thread_seconds)(void *self, int64_t lwp);
    /*
     * Optional. For how many seconds a thread had not run when the process was stopped; negative: unknown. Who attaches
     * wakes each thread, so that this is known only to a host that asked before.
     */
    double (*seconds_at_rest)(void *self, int64_t lwp);
    /* LWP of the selected thread; 0 none. NULL: who uses this host selects none. */
    int64_t (*selected_thread)(void *self);
    /*
     * Optional. Selects a C frame of the selected thread, by its place in list_native_frames, and prints
     * nothing. False: it cannot.
     */
    bool (*select_native_frame)(void *self, uint32_t level);

    /*
     * Optional, both or neither. run_process lets the process run and returns once it stands still again,
     * having left no trace: no signal is delivered that the process did not get by itself, settings and the
     * selected thread are as before, nothing is printed. request_stop may be called on any thread while
     * run_process runs, also when the process has stopped already (then it does nothing), and returns at
     * once.
     */
    void (*run_process)(void *self, struct hog_run_result *ret_result);
    void (*request_stop)(void *self);

    /*
     * Optional, both or neither; asked only of a process that `runs`. hold brings these threads to a standstill
     * until release, without a signal that the process could see. It returns how many stand still: a thread
     * that has ended does too.
     */
    size_t (*hold)(void *self, const int64_t *lwps, size_t count);
    void (*release)(void *self);

    void (*write)(void *self, enum hog_stream stream, const char *bytes, size_t length);
    /* Was Ctrl-C pressed? Polled at least every 50 ms of work. */
    bool (*interrupted)(void *self);
    /* Terminal: may output be coloured (a terminal, styling on); width in cells, 0 unlimited. */
    bool (*wants_colour)(void *self);
    unsigned (*terminal_width)(void *self);
};

struct hog_session;

/* NULL when memory is exhausted. `host` is copied. Does no work: loading must be instant. */
HOG_PUBLIC struct hog_session *hog_session_create(const struct hog_host *host);
HOG_PUBLIC void hog_session_destroy(struct hog_session *session);

/*
 * Runs one command; `name` as in the table ("py-dump"), `arguments` the rest
 * of the line as the user typed it (shell-like quotes are understood).
 * Output goes through host->write. Returns 0 on success; else non-zero, with
 * one line for the user in `*ret_error` (valid until the next call), which
 * the plugin raises in its debugger's way so that batch mode exits non-zero.
 */
HOG_PUBLIC int hog_session_run(struct hog_session *session, const char *name, const char *arguments,
                               const char **ret_error);

/*
 * Writes text to a file as --output of a command does: FILE is replaced as a whole or not at all, and standard output says
 * so. Returns and `*ret_error` as of hog_session_run.
 */
HOG_PUBLIC int hog_session_write(struct hog_session *session, const char *path, const char *text,
                                 size_t length, const char **ret_error);

/* The command table. */
struct hog_command_info {
    const char *name;    /* "py-dump" */
    const char *summary; /* one line, at most 70 characters, no full stop */
    const char *words;   /* what it takes beside options: "FILE..."; NULL: nothing */
    bool needs_process;  /* it looks at a process or a core */
};
/* The command at `index`, from 0 on. False: there are no more. */
HOG_PUBLIC bool hog_command(size_t index, struct hog_command_info *ret_info);
/*
 * The whole --help text of "py-dump", "py-stats top": usage, options, examples. The caller frees it.
 * NULL: there is no such command, or memory is exhausted.
 */
HOG_PUBLIC char *hog_command_help(const char *name);

/* An option of a command. */
struct hog_option_info {
    const char *name; /* without "--" */
    char letter;
    const char *value; /* what the help calls its value; NULL: it has none */
    const char *help;  /* one sentence */
};
/* The option at `index` of "py-dump", "py-stats top", from 0 on. False: there are no more. */
HOG_PUBLIC bool hog_command_option(const char *command, size_t index, struct hog_option_info *ret_info);

/* Candidates to complete the last word of `arguments`: long options, thread numbers, setting names. */
HOG_PUBLIC void hog_session_complete(struct hog_session *session, const char *name, const char *arguments,
                                     void (*add)(void *context, const char *candidate), void *context);

/*
 * Python in the debugger's own backtrace: which of Python's frames stand in the place of which C frame. All of a
 * stop is read once: the plugin opens a backtrace when it is first wanted, and closes it when the process has run, its
 * memory was written, or the session ends.
 */
struct hog_backtrace;

struct hog_backtrace_frame {
    const char *name;      /* qualified where Python knows that */
    const char *bare_name; /* as `def` has it */
    const char *filename;
    int32_t line; /* 0 unknown */
};

/* In the place of the C frame at `level` stand `count` frames of Python; 0: it belongs to the call machinery. */
struct hog_backtrace_place {
    uint32_t level;
    uint32_t first, count;
};

/* Of one thread; lives until it is asked for again. */
struct hog_backtrace_stack {
    const struct hog_backtrace_frame *frames; /* innermost first */
    size_t frame_count;
    const struct hog_backtrace_place *places; /* by level, innermost first */
    size_t place_count;
    bool partial; /* there are more C frames than were asked for: ask again with more when they are met */
    const char *words; /* which frames of Python have no place, and why; NULL: all have */
};

struct hog_backtrace_variable {
    const char *name;
    const char *type;  /* NULL: it is unset */
    const char *value; /* as repr() shows it */
    bool is_argument;
};

/* As hog_session_run. Fails where there is no process, or no Python in it. */
HOG_PUBLIC int hog_backtrace_open(struct hog_session *session, struct hog_backtrace **ret_backtrace,
                                  const char **ret_error);
HOG_PUBLIC void hog_backtrace_close(struct hog_backtrace *backtrace); /* NULL is fine */
/* Looks at the `most` innermost C frames, or at all where it takes all. False: memory is exhausted. */
HOG_PUBLIC bool hog_backtrace_of(struct hog_backtrace *backtrace, int64_t lwp, size_t most,
                                 struct hog_backtrace_stack *ret_stack);
/* Of the frame at `index` of the stack of that thread; the texts live as long as the backtrace. */
HOG_PUBLIC void hog_backtrace_variables(struct hog_backtrace *backtrace, int64_t lwp, size_t index,
                                        void (*add)(void *context,
                                                    const struct hog_backtrace_variable *variable),
                                        void *context);

/* Settings: `set hognose NAME VALUE` in gdb, `py-set NAME VALUE` in lldb. */
enum hog_setting_kind { HOG_SETTING_CHOICE, HOG_SETTING_COUNT, HOG_SETTING_WORDS };
struct hog_setting_info {
    const char *name; /* "max-depth" */
    enum hog_setting_kind kind;
    const char *const *choices; /* NULL-terminated; HOG_SETTING_CHOICE */
    const char *initial;        /* its value as text */
    const char *summary;
    const char *help;
};
HOG_PUBLIC const struct hog_setting_info *hog_settings(size_t *ret_count);
/* 0, or non-zero with words in `*ret_error`. "unlimited" is 0 for counts. */
HOG_PUBLIC int hog_session_set(struct hog_session *session, const char *name, const char *value,
                               const char **ret_error);
/* The value as text, NULL for an unknown name; valid until the next call. */
HOG_PUBLIC const char *hog_session_get(struct hog_session *session, const char *name);

#ifdef __cplusplus
}
#endif

#endif
