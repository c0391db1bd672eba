/* The wire writer of protobuf.h. */
#include "formats/protobuf.h"

enum { TYPE_VARINT = 0, TYPE_BYTES = 2 };

void proto_varint(struct hog_text *message, uint64_t number)
{
    char bytes[10];
    size_t length = 0;

    while (number >= 0x80) {
        bytes[length++] = (char)(number | 0x80);
        number >>= 7;
    }
    bytes[length++] = (char)number;
    hog_text_append(message, bytes, length);
}

void proto_put(struct hog_text *message, unsigned field, uint64_t number)
{
    if (!number)
        return;
    proto_varint(message, field << 3 | TYPE_VARINT);
    proto_varint(message, number);
}

void proto_put_bytes(struct hog_text *message, unsigned field, const void *bytes, size_t length)
{
    proto_varint(message, field << 3 | TYPE_BYTES);
    proto_varint(message, length);
    hog_text_append(message, bytes, length);
}

void proto_put_message(struct hog_text *message, unsigned field, struct hog_text *inner)
{
    proto_put_bytes(message, field, inner->bytes ? inner->bytes : "", inner->length);
    message->failed = message->failed || inner->failed;
    hog_text_clear(inner);
}
