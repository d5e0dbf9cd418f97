/* One picture a test image: what the camera saw, what is true, what the detector says. */
#ifndef SN_REPORT_DRAW_PANEL_H
#define SN_REPORT_DRAW_PANEL_H

#include "report/draw/tile.h"

/* Photograph, ground truth (where exhibit->label says that it is known) and heat map side by side, each a tile of that
 * size pixels, with a legend; above them file, label and score, and the verdict where score_threshold is not NaN.
 *
 *     SnPicture picture;
 *     if (sn_panel(&exhibit, &scale, 0.31, 320, &picture)) sn_picture_write(&picture, "000.png");
 *     sn_picture_free(&picture); */
bool sn_panel(const SnExhibit *exhibit, const SnScale *scale, double score_threshold, SnSize tile, SnPicture *picture);

#endif
