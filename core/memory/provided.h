/* Who provides a process's pages: the kernel, or somebody who may let a reader wait? */
#ifndef HOG_MEMORY_PROVIDED_H
#define HOG_MEMORY_PROVIDED_H

#include "base/status.h"

/*
 * True: process_vm_readv of the process's memory does not wait for a program that holds a userfaultfd of it, now and
 * as long as it is not run with more rights. Mappings of files are another matter: hog_memory_leave_out.
 */
bool hog_pages_are_provided(int64_t pid);

#endif
