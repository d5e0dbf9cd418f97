#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/fuzz/program/spoil.h"
#include "tests/fuzz/program/tree.h"

char *hostile_text(Chance *chance, const char *work) {
  static const char *const texts[] = {"",
                                      "..",
                                      "../../x",
                                      "a/../../../x",
                                      ".",
                                      "/",
                                      "//",
                                      "%s/outside",
                                      "%s/in/../o",
                                      "nan",
                                      "-nan",
                                      "inf",
                                      "1e999",
                                      "-1",
                                      "0",
                                      "-5 ; junk",
                                      "0x10",
                                      "1,5",
                                      "99999999999999999999",
                                      "9e-324",
                                      "\"",
                                      "\"\"\"",
                                      ",",
                                      "=1+1",
                                      "<b>bold</b>",
                                      "&amp;",
                                      "'; x",
                                      "\xff\xfe",
                                      "\x1b[31mred",
                                      "\xc2\x9b"
                                      "2J",
                                      "x\n" FORGED_LINE,
                                      "x\r" FORGED_LINE,
                                      "\x7f",
                                      "-rf",
                                      "--help",
                                      "checkpoint.safetensors",
                                      "gear/../gear",
                                      "scores.csv",
                                      "con:",
                                      "\xe2\x80\xaetxt"};
  const char *text = CHANCE_OF(chance, texts);
  char *made = strncmp(text, "%s", 2) == 0 ? sn_format("%s%s", work, text + 2) : sn_copy_text(text);
  if (!made) give_up("written", work);
  return made;
}

/* 255 bytes are what file systems take. */
static char *long_name(Chance *chance, const char *extension) {
  static const char *const letters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xff", " "};
  const char *letter = CHANCE_OF(chance, letters);
  char name[256] = {0};
  const size_t room = 255 - strlen(extension);
  for (size_t used = 0; used + strlen(letter) <= room; used += strlen(letter))
    memcpy(name + used, letter, strlen(letter));
  return sn_format("%s%s", name, extension);
}

char *hostile_name(Chance *chance, const char *like) {
  static const char *const stems[] = {"-rf",
                                      "--out=x",
                                      "\x1b]0;title\a",
                                      "a\n" FORGED_LINE,
                                      "a\r" FORGED_LINE,
                                      "\xff\xfe",
                                      "\xc2\x9b"
                                      "31m",
                                      "a b",
                                      "a\tb",
                                      "'",
                                      "\"",
                                      "a,b",
                                      "%s%n",
                                      "<script>",
                                      "000_heatmap",
                                      "scores",
                                      "..x",
                                      "x..",
                                      "a\\b",
                                      "$(id)",
                                      "*",
                                      "000_mask",
                                      "a_b",
                                      "a#1",
                                      "\xe2\x80\xaex",
                                      "a;b",
                                      "good",
                                      "~"};
  static const char *const endings[] = {".png", ".PNG", ".jpg", ".tif", ".webp", ".txt", "", ".png.tmp", ".csv"};
  const char *dot = strrchr(like, '.');
  const char *extension = !chance_one_in(chance, 5) ? (dot ? dot : "") : CHANCE_OF(chance, endings);
  char *name =
      chance_one_in(chance, 6) ? long_name(chance, extension) : sn_format("%s%s", CHANCE_OF(chance, stems), extension);
  if (!name) give_up("named", like);
  return name;
}
