/* embed.c: a program with a main of its own and Python inside, as a game, a database or a web server has it.
 *
 *     embed SCRIPT [ARGUMENT...]
 *
 * scripts/get-flavours links it in several ways (shared libpython, static, position-independent, stripped,
 * with nothing exported), each of which shows a debugger something else. The interpreter runs in a function
 * that main calls, so that native stacks have frames of the program's own beneath those of Python. Needs
 * Python 3.8 or newer.
 */
#include <Python.h>

#include <stdio.h>

static PyStatus start_python(int argc, char **argv)
{
    PyConfig config;
    PyStatus status;

    PyConfig_InitPythonConfig(&config);
    config.parse_argv = 0; /* the script's arguments are not the interpreter's options */
    config.buffered_stdio = 0;
    status = PyConfig_SetBytesArgv(&config, argc, argv);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* What the program does for a living. */
static int run_script(const char *path, int argc, char **argv)
{
    FILE *script = fopen(path, "r");
    PyStatus status;
    int failed;

    if (script == NULL) {
        perror(path);
        return 2;
    }
    status = start_python(argc, argv);
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "embed: Python did not start: %s\n", status.err_msg);
        fclose(script);
        return 2;
    }
    failed = PyRun_SimpleFileExFlags(script, path, 1, NULL); /* closes the file */
    return Py_FinalizeEx() < 0 || failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s SCRIPT [ARGUMENT...]\n", argv[0]);
        return 2;
    }
    return run_script(argv[1], argc - 1, argv + 1);
}
