#include "serve/guard.h"

#include <string.h>

#include "base/ascii.h"
#include "base/sha256.h"

enum { SHORTEST_TOKEN = 16 };

/* An optional colon with digits, and nothing more. */
static bool is_port(const char *text) {
  return *text == '\0' || (*text == ':' && text[1 + strspn(text + 1, "0123456789")] == '\0');
}

/* What follows four numbers with points between them, the first of them 127; NULL when it does not begin so. */
static const char *after_loopback_number(const char *text) {
  if (strncmp(text, "127.", 4) != 0) return NULL;
  text += 4;
  for (int i = 0; i < 3; i++) {
    const size_t digits = strspn(text, "0123456789");
    if (digits < 1 || digits > 3) return NULL;
    text += digits;
    if (i < 2 && *text++ != '.') return NULL;
  }
  return text;
}

bool sn_host_is_loopback(const char *host) {
  static const char *const names[] = {"localhost", "[::1]"};
  const char *rest = after_loopback_number(host);
  if (rest) return is_port(rest);
  for (int i = 0; i < 2; i++) {
    const size_t length = strlen(names[i]);
    char name[16] = "";
    if (strlen(host) < length) continue;
    memcpy(name, host, length);
    if (sn_ascii_equal(name, names[i])) return is_port(host + length);
  }
  return false;
}

bool sn_origin_is_host(const char *origin, const char *host) {
  static const char *const schemes[] = {"http://", "https://"};
  for (int i = 0; i < 2; i++) {
    const size_t length = strlen(schemes[i]);
    if (strncmp(origin, schemes[i], length) == 0) return sn_ascii_equal(origin + length, host);
  }
  return false;
}

const char *sn_token_fault(const char *token) {
  for (const char *at = token; *at; at++)
    if (!sn_ascii_is_alphanumeric(*at) && !strchr("-._~+/=", *at))
      return "it has other characters than letters, digits, - . _ ~ + / and =";
  return strlen(token) < SHORTEST_TOKEN ? "it is shorter than 16 characters" : NULL;
}

/* Digests are compared, so that neither a token's length nor its first wrong character shows in the time. */
static bool is_equal(const char *a, const char *b) {
  char first[SN_SHA256_HEX], second[SN_SHA256_HEX];
  sn_sha256(a, strlen(a), first);
  sn_sha256(b, strlen(b), second);
  unsigned different = 0;
  for (int i = 0; i < SN_SHA256_HEX; i++) different |= (unsigned char)first[i] ^ (unsigned char)second[i];
  return different == 0;
}

bool sn_authorization_is_token(const char *header, const char *token) {
  char scheme[8] = "";
  if (!header || strlen(header) < 7) return false;
  memcpy(scheme, header, 7);
  if (!sn_ascii_equal(scheme, "Bearer ")) return false;
  return is_equal(header + 7 + strspn(header + 7, " "), token);
}
