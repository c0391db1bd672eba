/*
 * What the table of commands says of itself, for a shell and for man(1):
 *
 *     hognose completion bash|zsh|fish      a script that the shell reads
 *     hognose manual                        the manual page, in troff's language
 */
#ifndef HOG_CLI_DESCRIBE_H
#define HOG_CLI_DESCRIBE_H

int completion_run(int count, char **words);
int manual_run(int count, char **words);

#endif
