/* Every test image of a category in a page, from the most to the least suspicious. */
#ifndef SN_REPORT_PAGE_GALLERY_H
#define SN_REPORT_PAGE_GALLERY_H

#include "base/output_names.h"
#include "report/markup.h"
#include "report/page/exhibits.h"

/* The pictures that stand for one image: photograph with the mask's outline, and heat map (with `all`, the plain
 * photograph before them), each a tile of that size, in a row or in a column. */
bool sn_exhibit_strip(const SnExhibit *exhibit, const SnScale *scale, bool all, bool in_a_row, SnSize tile,
                      SnPicture *picture);

/* Appends one cell an image: truth above heat map, label and score below; those on the wrong side of the threshold
 * are marked, and a line parts the two sides. pictures: a picture of each image, in the folder of that name beside the
 * page, to which the cells are linked; NULL: no links. */
bool sn_gallery(SnMarkup *page, const SnExhibits *exhibits, const char *folder, const SnOutputNames *pictures);

/* Appends the colours' legend. */
bool sn_gallery_legend(SnMarkup *page, const SnScale *scale);

#endif
