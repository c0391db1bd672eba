/* Completion of the names of files; see complete_files.c. */
#ifndef HOG_COMMAND_COMPLETE_FILES_H
#define HOG_COMMAND_COMPLETE_FILES_H

typedef void (*file_offer)(void *context, const char *candidate);

/* What the folder named in `typed` holds that begins as `typed` does; folders end in "/". */
void complete_files(const char *typed, file_offer offer, void *context);

#endif
