/* What the pages of all studies have. */
#ifndef SN_STUDIES_PAGE_PARTS_H
#define SN_STUDIES_PAGE_PARTS_H

#include "report/markup.h"
#include "studies/study.h"

/* "resnet18, 160 epochs, 224 x 224 pixels": what all variants have in common; to be released with free(). */
char *sn_study_summary(const SnStudy *study);

/* The same with "; seeds 0, 1, 2; bottle"; to be released with free(). */
char *sn_study_subtitle(const SnStudy *study);

/* Appends what was run and with what: settings (those of the first variant, and what the others differ in), data,
 * weights with their hashes, command. */
bool sn_study_settings_section(SnMarkup *page, const SnStudy *study);

/* Version, device, jobs and seconds in a line; to be released with free(). */
char *sn_study_note(const SnStudy *study);

/* Appends a JPEG file as a figure inside the page; nothing where there is none. */
bool sn_page_jpeg_file(SnMarkup *page, const char *path, const char *caption);

#endif
