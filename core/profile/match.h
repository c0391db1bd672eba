/* Which function of one profile is which of another. */
#ifndef HOG_PROFILE_MATCH_H
#define HOG_PROFILE_MATCH_H

#include "profile/profile.h"

/*
 * `ret_partner[i]` is the function of `after` that function i of `before` is;
 * HOG_NO_FUNCTION: none. No two have the same partner.
 */
enum hog_status match_functions(const struct hog_profile *before, const struct hog_profile *after,
                                uint32_t *ret_partner) HOG_CHECKED;

#endif
