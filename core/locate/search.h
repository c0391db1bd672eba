/* The search through the modules: by symbols, then by scanning. */
#ifndef HOG_LOCATE_SEARCH_H
#define HOG_LOCATE_SEARCH_H

#include "locate/locator.h"

/* Fills locator->candidates, until one is initialised or everything has been tried. */
void search_modules(struct locator *locator);

#endif
