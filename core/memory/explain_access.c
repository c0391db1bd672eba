/*
 * Why a process cannot be had, in one line with the remedy. Judged from the
 * facts of access.h alone, in the order in which a person would have to mend
 * them: is it there, is it alive, is it free, may we.
 */
#include "memory/access.h"
#include "memory/process.h"

#include <inttypes.h>

#define ADD_CAPABILITY                                                                                       \
    "CAP_SYS_PTRACE is missing: docker run --cap-add=SYS_PTRACE / kubernetes "                               \
    "securityContext.capabilities.add [SYS_PTRACE]"

/* Is there a living process with memory of its own? */
static enum hog_status judge_existence(const struct access_facts *facts, struct hog_error *error)
{
    if (!facts->proc_mounted)
        return hog_fail(error, HOG_DENIED, "/proc is not mounted here: mount -t proc proc /proc");
    if (facts->hidden)
        return hog_fail(error, HOG_DENIED,
                        "process %" PRId64 " belongs to another user, and /proc hides it (hidepid): run this "
                        "as that user or with sudo",
                        facts->pid);
    if (!facts->exists)
        return hog_fail(error, HOG_NO_PROCESS,
                        "there is no process %" PRId64
                        ": it has exited, or its number was read in a container "
                        "or another pid namespace, where it counts differently",
                        facts->pid);
    if (facts->state == 'Z' && facts->threads > 1)
        return hog_fail(error, HOG_DENIED,
                        "the main thread of process %" PRId64 " (%s) has ended while %" PRId64
                        " %s: the kernel shows it as a zombie, and no debugger can attach to it",
                        facts->pid, facts->name, facts->threads - 1,
                        facts->threads == 2 ? "other lives on" : "others live on");
    if (facts->state == 'Z' || facts->state == 'X')
        return hog_fail(error, HOG_NO_PROCESS,
                        "process %" PRId64 " (%s) is a zombie: it has exited and its parent %" PRId64
                        " (%s) has not collected it; there is no memory to read",
                        facts->pid, facts->name, facts->parent, facts->parent_name);
    if (facts->kernel_thread)
        return hog_fail(error, HOG_NO_PROCESS,
                        "process %" PRId64 " (%s) is a thread of the kernel: it has no memory of its own",
                        facts->pid, facts->name);
    return HOG_OK;
}

static enum hog_status judge_yama(const struct access_facts *facts, struct hog_error *error)
{
    switch (facts->yama) {
    case 1:
        return hog_fail(error, HOG_DENIED,
                        "process %" PRId64 " (%s): kernel.yama.ptrace_scope is 1: run as root, or `sysctl "
                        "kernel.yama.ptrace_scope=0`, or start the process under the debugger%s",
                        facts->pid, facts->name,
                        facts->in_container ? "; in a container: " ADD_CAPABILITY : "");
    case 2:
        return hog_fail(
            error, HOG_DENIED,
            "process %" PRId64 " (%s): kernel.yama.ptrace_scope is 2: run as root (CAP_SYS_PTRACE), or "
            "`sysctl kernel.yama.ptrace_scope=0`%s",
            facts->pid, facts->name, facts->in_container ? "; in a container: " ADD_CAPABILITY : "");
    default:
        return hog_fail(error, HOG_DENIED,
                        "process %" PRId64
                        " (%s): kernel.yama.ptrace_scope is %d: nobody may attach to anything "
                        "until the machine boots with another value",
                        facts->pid, facts->name, facts->yama);
    }
}

static enum hog_status judge_other_user(const struct access_facts *facts, struct hog_error *error)
{
    if (facts->our_user == 0)
        return hog_fail(error, HOG_DENIED,
                        "process %" PRId64 " (%s) belongs to user %s (uid %" PRId64
                        "), and you are root without the right to trace it: " ADD_CAPABILITY,
                        facts->pid, facts->name, facts->user_name, facts->user);
    return hog_fail(error, HOG_DENIED,
                    "process %" PRId64 " (%s) belongs to user %s (uid %" PRId64 "), you are uid %" PRId64
                    ": run this as that user or with sudo",
                    facts->pid, facts->name, facts->user_name, facts->user, facts->our_user);
}

/* The kernel has refused; of what we know, what is it that it does not like? */
static enum hog_status judge_refusal(const struct access_facts *facts, struct hog_error *error)
{
    if (!facts->may_trace_all) {
        if (facts->yama >= 3)
            return judge_yama(facts, error);
        if (!facts->same_user)
            return judge_other_user(facts, error);
        if (!facts->dumpable)
            return hog_fail(error, HOG_DENIED,
                            "process %" PRId64 " (%s) is closed even to its own user (it is setuid, holds "
                            "capabilities, or called prctl(PR_SET_DUMPABLE, 0)): run this with sudo",
                            facts->pid, facts->name);
        if (facts->yama >= 1)
            return judge_yama(facts, error);
        if (facts->our_user == 0 || facts->in_container)
            return hog_fail(error, HOG_DENIED, "process %" PRId64 " (%s): " ADD_CAPABILITY, facts->pid,
                            facts->name);
    }
    if (facts->yama >= 3)
        return judge_yama(facts, error);
    return hog_fail(
        error, HOG_DENIED,
        "the kernel refuses process %" PRId64 " (%s), uid %" PRId64 ", to us, uid %" PRId64
        "%s: it may lie in an outer user namespace, or SELinux, AppArmor or another security module "
        "forbids it (dmesg and the audit log say which)",
        facts->pid, facts->name, facts->user, facts->our_user,
        facts->may_trace_all ? " with CAP_SYS_PTRACE" : "");
}

enum hog_status access_judge(const struct access_facts *facts, enum access_wish wish, struct hog_error *error)
{
    enum hog_status status = judge_existence(facts, error);

    if (status != HOG_OK)
        return status;
    if (wish == ACCESS_TO_ATTACH && facts->tracer)
        return hog_fail(error, HOG_DENIED,
                        "process %" PRId64 " (%s) is being traced by %" PRId64
                        " (%s): detach that debugger first",
                        facts->pid, facts->name, facts->tracer, facts->tracer_name);
    if (!facts->memory_opens)
        return judge_refusal(facts, error);
    if (wish == ACCESS_TO_ATTACH && facts->ptrace_blocked)
        return hog_fail(error, HOG_DENIED,
                        "ptrace is blocked for this debugger by a seccomp filter: " ADD_CAPABILITY
                        ", or docker run --security-opt seccomp=unconfined");
    return HOG_OK;
}

enum hog_status access_explain(int64_t pid, enum access_wish wish, struct hog_error *error)
{
    struct access_facts facts;

    access_gather(pid, &facts);
    return access_judge(&facts, wish, error);
}

enum hog_status hog_process_explain_access(int64_t pid, struct hog_error *error)
{
    return access_explain(pid, ACCESS_TO_ATTACH, error);
}
