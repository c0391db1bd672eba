/* A shared library (LD_PRELOAD) that keeps a child from becoming another program: it stays as vfork() made it. */
#include <unistd.h>

int execve(const char *path, char *const arguments[], char *const environment[])
{
    (void)path;
    (void)arguments;
    (void)environment;
    for (;;)
        pause();
}

int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, NULL);
}
