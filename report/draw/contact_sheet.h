/* Many images at a glance: one column an image, and photograph, ground truth and heat map below each other. */
#ifndef SN_REPORT_DRAW_CONTACT_SHEET_H
#define SN_REPORT_DRAW_CONTACT_SHEET_H

#include "report/draw/tile.h"

/* The images of one category under their title. */
typedef struct SnContactGroup {
  const char *title;
  const SnExhibit *exhibits; /* borrowed */
  int64_t count;
  SnScale scale; /* of the group's heat maps */
} SnContactGroup;

/* Groups below each other, each with its own legend, tiles of that size. The ground-truth row is there where
 * any image of the group has a label. At least one group with at least one image. */
bool sn_contact_sheet(const SnContactGroup *groups, int64_t count, SnSize tile, SnPicture *picture);

#endif
