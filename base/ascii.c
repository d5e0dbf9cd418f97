#include "base/ascii.h"

char sn_ascii_small(char letter) { return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter; }

bool sn_ascii_is_alphanumeric(char letter) {
  char small = sn_ascii_small(letter);
  return (small >= 'a' && small <= 'z') || (letter >= '0' && letter <= '9');
}

int sn_ascii_compare(const char *a, const char *b) {
  while (*a && sn_ascii_small(*a) == sn_ascii_small(*b)) a++, b++;
  return (unsigned char)sn_ascii_small(*a) - (unsigned char)sn_ascii_small(*b);
}

bool sn_ascii_equal(const char *a, const char *b) { return sn_ascii_compare(a, b) == 0; }
