/*
 * hognose dump --via LAUNCHER: the same command on many machines, by whatever
 * starts programs there (srun, mpirun, kubectl exec, ssh, pdsh).
 *
 *     LAUNCHER… hognose dump --json --each-line TARGET…      on each machine
 *       ─▶ a line that says which machine, and how many documents come
 *       ─▶ a document a line
 *
 * There is no daemon and no protocol: lines of JSON come back on its standard
 * output, with whatever label the launcher puts before them. What is promised
 * and does not come within --timeout is named.
 */
#ifndef HOG_CLI_VIA_H
#define HOG_CLI_VIA_H

#include "line.h"

/* The exit status. */
int via_run(const struct line *line);

#endif
