/*
 * hognose watch [--after SECONDS] [--on-hang dump,…] [--kill] -- COMMAND…
 *
 *     COMMAND runs as a child ─▶ done in time: its exit status is ours
 *                            └─▶ not: the Pythons among it and its descendants are shown on standard error
 */
#ifndef HOG_CLI_WATCH_H
#define HOG_CLI_WATCH_H

int watch_run(int count, char **words);

#endif
