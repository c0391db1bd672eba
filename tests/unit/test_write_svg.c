/* The picture of a flame graph: each function as wide as its share, none above another of its row, all within it. */
#include "formats/write.h"
#include "support/sample_profile.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES = 16 };

struct box {
    char name[32];
    double x, y, width, height;
    unsigned long long samples, self;
    double share;
};

/* The boxes of functions; how many. */
static size_t boxes_of(const char *text, struct box *ret_boxes)
{
    size_t count = 0;

    while ((text = strstr(text, "<g class=\"box\"><title>"))) {
        struct box *box = ret_boxes + count;
        const char *rect = strstr(text, "<rect "), *numbers = rect;

        text += strlen("<g class=\"box\"><title>");
        assert_non_null(rect);
        while (numbers > text && *numbers != '\n')
            numbers--;
        if (sscanf(numbers, "\n%lf %%, %llu samples; self %llu", &box->share, &box->samples, &box->self) != 3)
            continue;
        assert_int_equal(sscanf(text, "%31[a-z]", box->name), 1);
        assert_int_equal(sscanf(rect, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &box->x,
                                &box->y, &box->width, &box->height),
                         4);
        assert_in_range(++count, 1, BOXES);
    }
    return count;
}

/* What is written in a box is within it: the name from its left on, the place up to its right. */
static size_t check_texts(const char *text)
{
    size_t count = 0;

    while ((text = strstr(text, "<g class=\"box\">"))) {
        const char *end = strstr(text, "</g>"), *at = strstr(text, "<rect ");
        struct box box;
        double x, y;

        assert_true(end && at && at < end);
        assert_int_equal(sscanf(at, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &box.x, &box.y,
                                &box.width, &box.height),
                         4);
        for (at = strstr(at, "<text "); at && at < end; at = strstr(at + 1, "<text ")) {
            assert_int_equal(sscanf(at, "<text x=\"%lf\" y=\"%lf\"", &x, &y), 2);
            assert_true(x > box.x && x < box.x + box.width);
            assert_true(y > box.y && y < box.y + box.height);
            if (strncmp(strchr(at, '>') - strlen("class=\"where\""), "class=\"where\"", 5) == 0)
                assert_true(x > box.x + box.width / 2);
            else
                assert_true(x < box.x + 10);
            count++;
        }
        text = end;
    }
    return count;
}

static const struct box *box_of(const struct box *boxes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(boxes[i].name, name) == 0)
            return boxes + i;
    fail_msg("no box of %s", name);
    return NULL;
}

static bool overlap(const struct box *one, const struct box *other)
{
    return one->x < other->x + other->width && other->x < one->x + one->width &&
           one->y < other->y + other->height && other->y < one->y + one->height;
}

static void each_function_has_its_place(void **state)
{
    static const struct {
        const char *name, *caller;
        unsigned long long samples, self;
    } cases[] = {
        {"main", NULL, 1000, 0}, {"a", "main", 500, 500}, {"b", "main", 400, 100},
        {"c", "b", 300, 300},    {"d", "main", 100, 100},
    };
    HOG_PROFILE struct hog_profile *profile = sample_profile(
        "M | main:1 a:2 | 500\nM | main:1 b:3 c:4 | 300\nM | main:1 b:3 | 100\nM | main:1 d:5 | 100\n");
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_sink sink = hog_sink_to_text(&text);
    struct hog_error error;
    struct box boxes[BOXES + 1];
    double width, height;
    size_t count;

    (void)state;
    assert_int_equal(hog_write_profile(profile, hog_format_named("svg"), NULL, &sink, &error), HOG_OK);
    assert_int_equal(sscanf(strstr(text.bytes, "viewBox="), "viewBox=\"0 0 %lf %lf\"", &width, &height), 2);
    assert_in_range(check_texts(text.bytes), 5, 2 * BOXES);
    count = boxes_of(text.bytes, boxes);
    assert_true(count >= sizeof cases / sizeof *cases);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct box *box = box_of(boxes, count, cases[i].name);
        const struct box *whole = box_of(boxes, count, "main");

        assert_int_equal(box->samples, cases[i].samples);
        assert_int_equal(box->self, cases[i].self);
        assert_true(fabs(box->share - (double)cases[i].samples / 10) < 0.006);
        assert_true(fabs(box->width / whole->width - (double)cases[i].samples / 1000) < 0.002);
        if (cases[i].caller) {
            const struct box *caller = box_of(boxes, count, cases[i].caller);

            assert_true(box->x >= caller->x - 0.01 &&
                        box->x + box->width <= caller->x + caller->width + 0.01);
            assert_true(box->y + box->height <= caller->y && caller->y - box->y <= 2 * box->height);
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(boxes[i].x >= 0 && boxes[i].x + boxes[i].width <= width);
        assert_true(boxes[i].y >= 0 && boxes[i].y + boxes[i].height <= height);
        for (size_t k = 0; k < i; k++)
            assert_false(overlap(boxes + i, boxes + k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_function_has_its_place),
    };

    return cmocka_run_group_tests_name("write_svg", tests, NULL, NULL);
}
