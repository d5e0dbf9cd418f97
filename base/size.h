/* Height and width in pixels, and how they are written: "224x448", height first. */
#ifndef SN_BASE_SIZE_H
#define SN_BASE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnSize {
  int64_t height, width;
} SnSize;

SnSize sn_square(int64_t side);

/* Of one number, a side whose other one is not said: width 0. */
SnSize sn_one_side(int64_t side);

/* height * width, which are known to be small enough. */
int64_t sn_size_pixels(SnSize size);

bool sn_same_size(SnSize a, SnSize b);

/* "224x448", or "224" of one side, each number in [minimum, maximum] and of decimal digits only; the whole text must be
 * that. On failure an error says "NAME: expected …, found …". */
bool sn_parse_size(const char *name, const char *text, int64_t minimum, int64_t maximum, SnSize *size);

enum { SN_SIZE_TEXT = 48 };

/* The text that sn_parse_size takes back, in `text`, which is returned. */
const char *sn_size_text(SnSize size, char text[SN_SIZE_TEXT]);

#endif
