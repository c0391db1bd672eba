/*
 * Source in zip files, as zipimport finds it: "/srv/app.zip/pkg/mod.py" is pkg/mod.py in /srv/app.zip.
 *
 *     ┌────────────────┐ maybe something before it ("#!/usr/bin/python3", a program that unpacks itself)
 *     │ local header   │◀───┐ + names ─▶ the bytes, stored or deflated
 *     │ bytes          │    │
 *     │ …              │    │
 *     │ directory entry│────┘ name, sizes, where the local header is
 *     │ end record     │───▶ where the directory is; a comment may follow
 *     └────────────────┘
 *
 * Of an archive its directory and that one member are read, and nothing is believed: sizes are bounded, a member must
 * be as long as it says and have its checksum. Archives over 4 GB and ciphered members are not read.
 *
 * Source: PKWARE APPNOTE 4.3; Lib/zipimport.py, _read_directory.
 */
#include "base/cleanup.h"
#include "base/cursor.h"
#include "source/parts.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

enum {
    MOST_PREFIXES = 40, /* folders of a path that are tried for an archive */
    END_SIZE = 22,
    MOST_COMMENT = 65535,
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    MOST_DIRECTORY = 32 << 20,
    MOST_PACKED = 8 << 20,
    STORED = 0,
    DEFLATED = 8,
    CIPHERED = 1,
};

static const uint32_t end_mark = 0x06054b50, entry_mark = 0x02014b50, local_mark = 0x04034b50;

struct archive {
    int file;
    uint64_t before; /* bytes in front of what the archive counts from */
    uint64_t directory;
    uint32_t directory_size;
};

struct member {
    uint16_t flags, method;
    uint32_t checksum, packed, size, header;
};

/* Whole, or not. */
static bool read_at(int file, uint64_t offset, void *buffer, size_t length)
{
    size_t done = 0;
    ssize_t got = 1;

    while (done < length && got > 0) {
        got = pread(file, (char *)buffer + done, length - done, (off_t)(offset + done));
        if (got > 0)
            done += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    return done == length;
}

/* The end record, whose comment ends where the file does. */
static bool find_end(struct archive *archive, uint64_t size)
{
    HOG_FREE unsigned char *tail = malloc(END_SIZE + MOST_COMMENT);
    size_t length = size < END_SIZE + MOST_COMMENT ? (size_t)size : END_SIZE + MOST_COMMENT;

    if (!tail || length < END_SIZE || !read_at(archive->file, size - length, tail, length))
        return false;
    for (size_t at = length - END_SIZE + 1; at-- > 0;) {
        struct hog_cursor cursor = hog_cursor_over(tail + at, length - at);
        uint64_t end = size - length + at;
        uint32_t start;

        if (hog_cursor_u32(&cursor) != end_mark)
            continue;
        (void)hog_cursor_take(&cursor, 8);
        archive->directory_size = hog_cursor_u32(&cursor);
        start = hog_cursor_u32(&cursor);
        if (hog_cursor_u16(&cursor) != hog_cursor_left(&cursor))
            continue;
        if (archive->directory_size > MOST_DIRECTORY || (uint64_t)archive->directory_size + start > end)
            return false;
        archive->directory = end - archive->directory_size;
        archive->before = archive->directory - start;
        return true;
    }
    return false;
}

/* Cuts the next entry off the directory. False: there are no more. */
static bool next_entry(struct hog_cursor *cursor, struct member *ret_member, const char **ret_name,
                       size_t *ret_length)
{
    uint16_t extra, comment;

    if (hog_cursor_left(cursor) < ENTRY_SIZE || hog_cursor_u32(cursor) != entry_mark)
        return false;
    (void)hog_cursor_u32(cursor);
    ret_member->flags = hog_cursor_u16(cursor);
    ret_member->method = hog_cursor_u16(cursor);
    (void)hog_cursor_u32(cursor);
    ret_member->checksum = hog_cursor_u32(cursor);
    ret_member->packed = hog_cursor_u32(cursor);
    ret_member->size = hog_cursor_u32(cursor);
    *ret_length = hog_cursor_u16(cursor);
    extra = hog_cursor_u16(cursor);
    comment = hog_cursor_u16(cursor);
    (void)hog_cursor_u64(cursor);
    ret_member->header = hog_cursor_u32(cursor);
    *ret_name = (const char *)hog_cursor_take(cursor, *ret_length);
    (void)hog_cursor_take(cursor, (size_t)extra + comment);
    return !cursor->overrun;
}

static bool find_member(const struct archive *archive, const char *name, struct member *ret_member)
{
    HOG_FREE unsigned char *directory = malloc(archive->directory_size + (size_t)1);
    struct hog_cursor cursor;
    const char *found;
    size_t length;

    if (!directory || !read_at(archive->file, archive->directory, directory, archive->directory_size))
        return false;
    cursor = hog_cursor_over(directory, archive->directory_size);
    while (next_entry(&cursor, ret_member, &found, &length))
        if (length == strlen(name) && memcmp(found, name, length) == 0)
            return true;
    return false;
}

static bool unpack(unsigned char *packed, const struct member *member, unsigned char *bytes)
{
    z_stream stream = {
        .next_in = packed, .avail_in = member->packed, .next_out = bytes, .avail_out = member->size};
    bool good;

    if (member->method == STORED) {
        good = member->packed == member->size;
        if (good)
            memcpy(bytes, packed, member->size);
        return good;
    }
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    good = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == member->size;
    inflateEnd(&stream);
    return good;
}

static bool read_member(const struct archive *archive, const struct member *member,
                        struct source_file *source)
{
    HOG_FREE unsigned char *packed = NULL;
    HOG_FREE unsigned char *bytes = NULL;
    unsigned char local[LOCAL_SIZE] = {0};
    uint64_t at = archive->before + member->header;
    struct hog_cursor cursor = hog_cursor_over(local, sizeof local);

    if (member->flags & CIPHERED || member->size > SOURCE_FILE_MOST || member->packed > MOST_PACKED ||
        (member->method != STORED && member->method != DEFLATED) ||
        !read_at(archive->file, at, local, sizeof local) || hog_cursor_u32(&cursor) != local_mark)
        return false;
    (void)hog_cursor_take(&cursor, 22);
    at += LOCAL_SIZE;
    at += hog_cursor_u16(&cursor);
    at += hog_cursor_u16(&cursor);
    packed = malloc(member->packed + (size_t)1);
    bytes = malloc(member->size + (size_t)1);
    return packed && bytes && read_at(archive->file, at, packed, member->packed) &&
           unpack(packed, member, bytes) && crc32(0, bytes, member->size) == member->checksum &&
           source_file_take(source, (const char *)bytes, member->size) == HOG_OK;
}

bool archive_read_member(int file, const char *name, size_t *directories_left, struct source_file *source)
{
    struct archive archive = {.file = file};
    struct member member = {0};
    struct stat about;

    if (fstat(file, &about) != 0 || about.st_size < END_SIZE || !find_end(&archive, (uint64_t)about.st_size))
        return false;
    if (archive.directory_size > *directories_left) {
        *directories_left = 0;
        return false;
    }
    *directories_left -= archive.directory_size;
    if (!find_member(&archive, name, &member) || !read_member(&archive, &member, source))
        return false;
    source->changed = (double)about.st_mtim.tv_sec + (double)about.st_mtim.tv_nsec / 1e9;
    return true;
}

bool archive_read(const struct hog_files *files, const char *path, size_t *directories_left,
                  struct source_file *source)
{
    HOG_FREE char *prefix = strdup(path);

    for (int tried = 0; prefix && tried < MOST_PREFIXES; tried++) {
        char *slash = strrchr(prefix, '/');
        HOG_CLOSE int file = -1;
        enum hog_file_refusal why;

        if (!slash || slash == prefix)
            return false;
        *slash = '\0';
        file = hog_files_open(files, prefix, &why);
        if (file >= 0)
            return archive_read_member(file, path + (slash - prefix) + 1, directories_left, source);
        if (why != HOG_FILE_MISSING)
            return false; /* a folder: there is no archive further out */
    }
    return false;
}
