/*
 * Python's marshal format, written: the few types that a .prof file has, in
 * version 2, which every Python since 3.4 reads.
 *
 *     {   key value key value …  0        dict
 *     (   count:4  item …                 tuple
 *     u   length:4  bytes                 str, UTF-8
 *     i   value:4                         int
 *     l   digits:4  15 bits in 2 bytes …  int that is larger
 *     g   value:8                         float
 */
#ifndef HOG_FORMATS_MARSHAL_H
#define HOG_FORMATS_MARSHAL_H

#include "formats/out.h"

void marshal_open_dict(struct out *out);
void marshal_close_dict(struct out *out);
void marshal_tuple(struct out *out, uint32_t count); /* its items follow */
void marshal_text(struct out *out, const char *text);
void marshal_int(struct out *out, uint64_t number);
void marshal_float(struct out *out, double number);

#endif
