/*
 * hognose install, hognose uninstall: a marked block in ~/.gdbinit and
 * ~/.lldbinit that loads the plugin which lies beside this program.
 *
 *     # >>> hognose >>>
 *     source /home/me/.local/lib/hognose/hognose-gdb.py
 *     # <<< hognose <<<
 *
 * The block is replaced where it is there already; without it a file is byte
 * for byte what it was before, and one that we made is gone again.
 */
#ifndef HOG_CLI_INSTALL_H
#define HOG_CLI_INSTALL_H

int install_run(int count, char **words);
int uninstall_run(int count, char **words);

#endif
