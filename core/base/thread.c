/* Starting threads; see thread.h. */
#define _GNU_SOURCE
#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What glibc gives with the usual limits. It is room alone: pages come as they are used. */
#define STACK_SIZE ((size_t)8 << 20)

int hog_thread_start(pthread_t *ret_thread, void *(*main)(void *argument), void *argument)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);

    if (failed)
        return failed;
    failed = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    if (!failed)
        failed = pthread_create(ret_thread, &attributes, main, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed;
}

/* The kernel is asked itself: musl's functions of these names refuse, since for the kernel they are of a thread. */

bool hog_thread_schedule(int policy, int priority)
{
    const struct sched_param parameter = {.sched_priority = priority};

    return syscall(SYS_sched_setscheduler, 0, policy | SCHED_RESET_ON_FORK, &parameter) == 0;
}

int hog_thread_real_time(pid_t lwp)
{
    struct sched_param parameter = {0};
    long policy = syscall(SYS_sched_getscheduler, lwp);

    if (policy < 0)
        return 0;
    policy &= ~(long)SCHED_RESET_ON_FORK;
    if ((policy != SCHED_FIFO && policy != SCHED_RR) || syscall(SYS_sched_getparam, lwp, &parameter) != 0)
        return 0;
    return parameter.sched_priority;
}
