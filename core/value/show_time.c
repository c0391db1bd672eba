/*
 * datetime and zoneinfo.
 *
 *     PyDateTime_Date        hashcode, hastzinfo, data[4]  year (2 bytes, high first), month, day
 *     PyDateTime_Time        data[6]                       hour, minute, second, microsecond (3 bytes); fold, tzinfo
 *     PyDateTime_DateTime    data[10]                      both; fold, tzinfo
 *     PyDateTime_Delta       days, seconds, microseconds
 *
 * Source: Include/datetime.h, Modules/_datetimemodule.c, Modules/_zoneinfo.c, 3.6 - 3.15.
 */
#include "value/show.h"

#include <string.h>

enum { DATE_BYTES = 4, TIME_BYTES = 6 };

static unsigned microseconds_of(const unsigned char *data)
{
    return (unsigned)data[0] << 16 | (unsigned)data[1] << 8 | data[2];
}

static void put_date(struct render *render, const unsigned char *data)
{
    hog_text_printf(render->out, "%u, %u, %u", (unsigned)data[0] << 8 | data[1], data[2], data[3]);
}

static void put_time(struct render *render, const unsigned char *data)
{
    unsigned microseconds = microseconds_of(data + 3);

    hog_text_printf(render->out, "%u, %u", data[0], data[1]);
    if (data[2] || microseconds)
        hog_text_printf(render->out, ", %u", data[2]);
    if (microseconds)
        hog_text_printf(render->out, ", %u", microseconds);
}

static enum hog_status put_fold_and_zone(struct render *render, uint64_t object, enum hog_field fold,
                                         enum hog_field tzinfo)
{
    uint8_t folded, has_zone;
    enum hog_status status = field_u8(&render->values->decoder, object, fold, &folded);

    if (status == HOG_OK)
        status = field_u8(&render->values->decoder, object, HOG_F_date_hastzinfo, &has_zone);
    if (status != HOG_OK)
        return status;
    if (folded)
        hog_text_puts(render->out, ", fold=1");
    if (!has_zone)
        return HOG_OK;
    hog_text_puts(render->out, ", tzinfo=");
    return show_member(render, object, tzinfo);
}

static enum hog_status read_data(struct render *render, uint64_t object, unsigned char *data, size_t count)
{
    return value_read(render->values, value_field(render->values, object, HOG_F_date_data), data, count);
}

enum hog_status show_date(struct render *render, uint64_t object, const struct value_type *type)
{
    unsigned char data[DATE_BYTES];
    enum hog_status status = read_data(render, object, data, sizeof data);

    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    hog_text_puts(render->out, "(");
    put_date(render, data);
    hog_text_puts(render->out, ")");
    return HOG_OK;
}

enum hog_status show_time(struct render *render, uint64_t object, const struct value_type *type)
{
    unsigned char data[TIME_BYTES];
    enum hog_status status = read_data(render, object, data, sizeof data);

    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    hog_text_puts(render->out, "(");
    put_time(render, data);
    status = put_fold_and_zone(render, object, HOG_F_time_fold, HOG_F_time_tzinfo);
    hog_text_puts(render->out, ")");
    return status;
}

enum hog_status show_datetime(struct render *render, uint64_t object, const struct value_type *type)
{
    unsigned char data[DATE_BYTES + TIME_BYTES];
    enum hog_status status = read_data(render, object, data, sizeof data);

    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    hog_text_puts(render->out, "(");
    put_date(render, data);
    hog_text_puts(render->out, ", ");
    put_time(render, data + DATE_BYTES);
    status = put_fold_and_zone(render, object, HOG_F_datetime_fold, HOG_F_datetime_tzinfo);
    hog_text_puts(render->out, ")");
    return status;
}

struct delta {
    int32_t days, seconds, microseconds;
};

static enum hog_status read_delta(struct hog_values *values, uint64_t object, struct delta *ret_delta)
{
    enum hog_status status = value_u32(values, object, HOG_F_timedelta_days, (uint32_t *)&ret_delta->days);

    if (status == HOG_OK)
        status = value_u32(values, object, HOG_F_timedelta_seconds, (uint32_t *)&ret_delta->seconds);
    if (status == HOG_OK)
        status =
            value_u32(values, object, HOG_F_timedelta_microseconds, (uint32_t *)&ret_delta->microseconds);
    return status;
}

/* "days=1, seconds=2"; to 3.6 "1, 2". */
static void put_delta(struct render *render, const struct delta *delta)
{
    bool named = render->values->decoder.layout->traits.timedelta_has_names;
    const char *between = "";

    if (named ? delta->days : delta->days || delta->seconds || delta->microseconds) {
        hog_text_printf(render->out, named ? "days=%d" : "%d", delta->days);
        between = ", ";
    }
    if (named ? delta->seconds : delta->seconds || delta->microseconds) {
        hog_text_printf(render->out, named ? "%sseconds=%d" : "%s%d", between, delta->seconds);
        between = ", ";
    }
    if (delta->microseconds) {
        hog_text_printf(render->out, named ? "%smicroseconds=%d" : "%s%d", between, delta->microseconds);
        between = ", ";
    }
    if (!*between)
        hog_text_puts(render->out, "0");
}

enum hog_status show_timedelta(struct render *render, uint64_t object, const struct value_type *type)
{
    struct delta delta;
    enum hog_status status = read_delta(render->values, object, &delta);

    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    hog_text_puts(render->out, "(");
    put_delta(render, &delta);
    hog_text_puts(render->out, ")");
    return HOG_OK;
}

/* The one of offset 0 and without a name is datetime.timezone.utc. */
enum hog_status show_timezone(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t offset, name;
    struct delta delta;
    enum hog_status status = value_u64(render->values, object, HOG_F_timezone_offset, &offset);

    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_timezone_name, &name);
    if (status == HOG_OK)
        status = read_delta(render->values, offset, &delta);
    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    if (!name && !delta.days && !delta.seconds && !delta.microseconds) {
        hog_text_puts(render->out, ".utc");
        return HOG_OK;
    }
    hog_text_puts(render->out, "(");
    show_object(render, offset);
    if (name) {
        hog_text_puts(render->out, ", ");
        show_object(render, name);
    }
    hog_text_puts(render->out, ")");
    return HOG_OK;
}

enum hog_status show_zoneinfo(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t key;
    enum hog_status status = value_u64(render->values, object, HOG_F_zoneinfo_key, &key);

    if (status != HOG_OK)
        return status;
    if (hog_value_base(render->values, key) != HOG_VALUE_STR) { /* read from a file: its own words */
        show_default(render, object, type);
        show_mark(render, HOG_VALUE_NOT_REPR);
        return HOG_OK;
    }
    show_type_name(render, type);
    hog_text_puts(render->out, "(key=");
    show_object(render, key);
    hog_text_puts(render->out, ")");
    return HOG_OK;
}
