/* lent_states.c: thread states that are made in one thread and run on others, as a server with several applications
 * (uWSGI) has them. They keep the ids of the thread that made them, which runs Python too.
 *
 * A library for lent_states.py, loaded with ctypes, which hands it the pthread_create() of that process: the interpreter
 * may have another C library than the compiler. The functions of CPython that it calls have been as they are here from
 * 3.6 to 3.15, so that one library does for all.
 */
typedef int create_thread(unsigned long *thread, void *attributes, void *(*run)(void *), void *argument);

struct thread_state;
struct interpreter;
extern struct interpreter *PyInterpreterState_Head(void);
extern struct thread_state *PyThreadState_New(struct interpreter *interpreter);
extern void PyEval_RestoreThread(struct thread_state *state);
extern int PyRun_SimpleStringFlags(const char *code, void *flags);

enum { MOST = 8 };

static struct lent {
    struct thread_state *state;
    const char *code;
} lent[MOST];

static void *run(void *argument)
{
    struct lent *own = argument;

    PyEval_RestoreThread(own->state);
    PyRun_SimpleStringFlags(own->code, 0);
    return 0;
}

/* With the GIL: all states first, so that the newest one is the first that runs. 0, or an error number. */
int lend(create_thread *create, const char **code, int count)
{
    int failed = count > MOST;

    for (int i = 0; !failed && i < count; i++)
        lent[i] = (struct lent){PyThreadState_New(PyInterpreterState_Head()), code[i]};
    for (int i = 0; !failed && i < count; i++) {
        unsigned long thread;

        failed = create(&thread, 0, run, &lent[i]);
    }
    return failed;
}
