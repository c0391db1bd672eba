/* py-tasks on a recorded image, with no command around it. */
#ifndef HOG_TESTS_RECORDED_TASKS_H
#define HOG_TESTS_RECORDED_TASKS_H

#include "show/tasks.h"

/* Decodes, reads the tasks and appends what is shown. Aborts when an edge leads to a task that there is not. */
void recorded_tasks(const struct hog_process *process, const struct hog_location *location,
                    struct hog_memory *memory, const struct tasks_view *look, bool json,
                    struct hog_text *ret_text);

#endif
