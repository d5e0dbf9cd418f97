/* A few images of many categories in one picture without numbers: the first thing that a reader sees. */
#ifndef SN_REPORT_DRAW_OVERVIEW_H
#define SN_REPORT_DRAW_OVERVIEW_H

#include "report/draw/tile.h"

/* Keeps small copies of the images it was given, until it is drawn. */
typedef struct SnOverview SnOverview;

/* For tiles of that size; detector names the row of its heat maps, and is borrowed. */
SnOverview *sn_overview_new(SnSize tile, const char *detector);
void sn_overview_free(SnOverview *overview);

/* Adds one image as a column: photograph, ground truth and heat map. Columns of one title stand together under it. */
bool sn_overview_add(SnOverview *overview, const char *title, const SnExhibit *exhibit, const SnScale *scale);

/* All columns side by side, in the order in which they came; at least one. */
bool sn_overview_draw(const SnOverview *overview, SnPicture *picture);

#endif
