/*
 * Protocol buffers' wire format, written by hand: the two field types that
 * pprof's profile.proto needs.
 *
 *     tag = number << 3 | type        type 0: a varint follows
 *                                     type 2: a length as varint, then bytes
 *
 * A message is built in a buffer, then put into the one around it as bytes.
 */
#ifndef HOG_FORMATS_PROTOBUF_H
#define HOG_FORMATS_PROTOBUF_H

#include "base/text.h"

void proto_varint(struct hog_text *message, uint64_t number);
/* 0 is the default and takes no bytes. */
void proto_put(struct hog_text *message, unsigned field, uint64_t number);
void proto_put_bytes(struct hog_text *message, unsigned field, const void *bytes, size_t length);
/* Puts `inner` and empties it. */
void proto_put_message(struct hog_text *message, unsigned field, struct hog_text *inner);

#endif
