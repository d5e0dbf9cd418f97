/* Names that come from files and folders, and paths in tables. What a file says may become the name of a file or folder
 * that this program writes, so it must not be able to lead anywhere else. */
#ifndef SN_BASE_NAME_H
#define SN_BASE_NAME_H

#include <stdbool.h>

/* Why a text cannot be the name of one file or folder ("it has a slash"): it is empty or longer than 255 bytes, begins
 * with a dot or a hyphen, or holds a slash or a control character. NULL when it can. */
const char *sn_name_fault(const char *name);

/* Whether a relative path stays below the folder it begins in by its text alone: it is neither empty nor absolute, and
 * no part of it is "..". */
bool sn_path_stays_below(const char *path);

/* True when there is no fault; else an error that begins with the place, formatted as by printf: "PLACE: expected a
 * name, found '../x': it has a slash". */
bool sn_check_name(const char *name, const char *place, ...) __attribute__((format(printf, 2, 3)));

/* The same for a path of a table: it stays below the data set's folder, and has no control characters. */
bool sn_check_path(const char *path, const char *place, ...) __attribute__((format(printf, 2, 3)));

/* "folder/name" for something that is written, to be released with free(). NULL and an error when the name has a fault,
 * so that whoever forgot to check it writes nothing. */
char *sn_path_below(const char *folder, const char *name);

#endif
