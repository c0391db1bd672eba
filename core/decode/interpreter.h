/* The list of interpreters (PyInterpreterState), each with its threads. */
#ifndef HOG_DECODE_INTERPRETER_H
#define HOG_DECODE_INTERPRETER_H

#include "decode/decoder.h"

/* Fills decoder->interpreters and the raw threads. HOG_UNREADABLE when not even the first could be read. */
enum hog_status interpreter_walk(struct decoder *decoder) HOG_CHECKED;

#endif
