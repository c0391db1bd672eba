/*
 * Finding interpreters without any symbol: by the circle that only a
 * PyInterpreterState in use closes.
 */
#ifndef HOG_LOCATE_SCAN_INTERPRETER_H
#define HOG_LOCATE_SCAN_INTERPRETER_H

#include "locate/candidate.h"

/* Looks for _PyRuntime with the candidate's layout in its module's data; sets runtime. */
bool scan_for_runtime(struct locator *locator, struct candidate *candidate);

/* 3.6: the first interpreter, which some static variable of the module points to; 0 when there is none. */
uint64_t scan_for_loose_head(struct locator *locator, struct candidate *candidate);

#endif
