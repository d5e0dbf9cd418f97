/* The look that all pictures share. */
#ifndef SN_REPORT_DRAW_STYLE_H
#define SN_REPORT_DRAW_STYLE_H

#include "report/draw/picture.h"
#include "report/draw/text.h"

static const SnColor sn_paper_color = {252, 252, 250}, sn_frame_color = {218, 221, 225},
                     sn_tick_color = {176, 181, 187};
static const SnColor sn_truth_color = {57, 255, 120}; /* of ground-truth outlines */
static const SnColor sn_good_color = {26, 127, 75}, sn_defective_color = {192, 38, 45};

static const SnFont sn_title_font = {11.0, 1.9, {31, 35, 40}};
static const SnFont sn_body_font = {9.0, 1.35, {31, 35, 40}};
static const SnFont sn_note_font = {8.0, 1.2, {92, 99, 107}};

#endif
