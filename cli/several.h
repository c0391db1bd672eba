/*
 * A command of the table, run on each of several targets.
 *
 *     py-dump                equal stacks once (py-group)
 *     JSON                   one document, "hognose.processes/1", with that of each target
 *     py-sample              side by side: all of them are sampled in the same seconds
 *     else                   one after the other
 *
 * With --output FILE the first two write FILE; else each target has a file of its own, its number before the ending of
 * FILE: profile.4711.json.
 */
#ifndef HOG_CLI_SEVERAL_H
#define HOG_CLI_SEVERAL_H

#include "target.h"

/* Of one target too. The exit status: 0, 1 (some of it failed, and standard error has said why). */
int run_on_targets(const struct line *line, const struct targets *targets);

#endif
