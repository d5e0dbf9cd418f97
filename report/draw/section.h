/* The part of a photograph that a model looks at, for pictures. */
#ifndef SN_REPORT_DRAW_SECTION_H
#define SN_REPORT_DRAW_SECTION_H

#include "datasets/load.h"

/* Loads a sample's photograph and cuts out, at its own resolution, what the options' crop covers: *section is RGB,
 * to be released with sn_image_free. */
bool sn_load_section(const SnSample *sample, const SnLoadOptions *options, SnImage *section);

#endif
