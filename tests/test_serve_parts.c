/* What `simplenet serve` decides by texts that others send: hosts, origins, tokens and forms. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "serve/guard.h"
#include "serve/multipart.h"

static void hosts_of_this_machine(void **state) {
  static const char *const own[] = {"127.0.0.1",   "127.0.0.1:8080", "127.255.3.4:1", "localhost",
                                    "LocalHost:9", "[::1]",          "[::1]:8080"};
  static const char *const others[] = {"",
                                       "127.0.0.1.example",
                                       "127.0.0.1:8080.example",
                                       "127.0.0.1@example",
                                       "1127.0.0.1",
                                       "127.0.0",
                                       "127.0.0.1.",
                                       "127..0.1",
                                       "127.0.0.1000",
                                       "localhost.",
                                       "localhost.example",
                                       "localhos",
                                       "notlocalhost",
                                       "[::1",
                                       "[::1]x",
                                       "[::2]",
                                       "localhost:80:80",
                                       "localhost:8o",
                                       "10.0.0.1",
                                       "example"};
  (void)state;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (!sn_host_is_loopback(own[i])) fail_msg("%s is this machine", own[i]);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (sn_host_is_loopback(others[i])) fail_msg("%s is another machine", others[i]);
}

static void origins_of_the_page(void **state) {
  (void)state;
  assert_true(sn_origin_is_host("http://127.0.0.1:8080", "127.0.0.1:8080"));
  assert_true(sn_origin_is_host("https://Camera.example", "camera.example"));
  assert_false(sn_origin_is_host("http://127.0.0.1:8081", "127.0.0.1:8080"));
  assert_false(sn_origin_is_host("http://127.0.0.1", "127.0.0.1:8080"));
  assert_false(sn_origin_is_host("http://127.0.0.1:8080.example", "127.0.0.1:8080"));
  assert_false(sn_origin_is_host("ftp://localhost", "localhost"));
  assert_false(sn_origin_is_host("localhost", "localhost"));
  assert_false(sn_origin_is_host("null", "null"));
  assert_false(sn_origin_is_host("", ""));
}

static void tokens(void **state) {
  static const char token[] = "abcdefghij-._~+/=123";
  (void)state;
  assert_null(sn_token_fault(token));
  assert_non_null(sn_token_fault(""));
  assert_non_null(sn_token_fault("fifteen-letters"));
  assert_non_null(sn_token_fault("sixteen letters and more"));
  assert_non_null(sn_token_fault("sixteen-letters-\xc3\xa4"));
  assert_true(sn_authorization_is_token("Bearer abcdefghij-._~+/=123", token));
  assert_true(sn_authorization_is_token("bearer   abcdefghij-._~+/=123", token));
  assert_false(sn_authorization_is_token(NULL, token));
  assert_false(sn_authorization_is_token("", token));
  assert_false(sn_authorization_is_token("Bearer ", token));
  assert_false(sn_authorization_is_token("Bearer abcdefghij-._~+/=12", token));
  assert_false(sn_authorization_is_token("Bearer abcdefghij-._~+/=1234", token));
  assert_false(sn_authorization_is_token("Bearer abcdefghij-._~+/=124", token));
  assert_false(sn_authorization_is_token("Bearerabcdefghij-._~+/=123", token));
  assert_false(sn_authorization_is_token("Basic abcdefghij-._~+/=123", token));
}

/* ---- forms ---- */

#define PART(head, contents) "--xyz\r\n" head "\r\n\r\n" contents "\r\n"
#define FILE_HEAD "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png"
#define FIELD_HEAD "Content-Disposition: form-data; name=\"note\""

static const char type[] = "multipart/form-data; boundary=xyz";

static void assert_file(const char *form_type, const char *body, const char *contents) {
  SnPart file;
  sn_clear_error();
  if (!sn_form_file(form_type, (const uint8_t *)body, strlen(body), &file)) fail_msg("%s: %s", body, sn_error());
  assert_int_equal(file.size, strlen(contents));
  assert_memory_equal(file.bytes, contents, file.size);
}

static void assert_no_file(const char *form_type, const char *body, const char *words) {
  SnPart file;
  sn_clear_error();
  if (sn_form_file(form_type, (const uint8_t *)body, strlen(body), &file)) fail_msg("%s: a file was found", body);
  if (!strstr(sn_error(), words)) fail_msg("%s: said %s", body, sn_error());
}

static void forms_with_a_file(void **state) {
  (void)state;
  assert_file(type, PART(FILE_HEAD, "bytes") "--xyz--\r\n", "bytes");
  assert_file(type, PART(FILE_HEAD, "") "--xyz--", "");
  assert_file(type, PART(FILE_HEAD, "\r\n--xy\r\n-\r\n--") "--xyz--", "\r\n--xy\r\n-\r\n--");
  assert_file(type, PART(FIELD_HEAD, "words") PART(FILE_HEAD, "bytes") "--xyz--", "bytes");
  assert_file(type, PART(FILE_HEAD, "bytes") PART(FIELD_HEAD, "words") "--xyz--", "bytes");
  assert_file(type, PART("", "words") PART("content-disposition:form-data;\tFileName*=a", "bytes") "--xyz--", "bytes");
  assert_file("Multipart/Form-Data; charset=x;Boundary=\"xyz\"", PART(FILE_HEAD, "bytes") "--xyz--", "bytes");
}

static void forms_without_one(void **state) {
  (void)state;
  assert_no_file(type, "", "does not begin");
  assert_no_file(type, "--xy", "does not begin");
  assert_no_file(type, "--xyz", "before its last boundary");
  assert_no_file(type, "--xyz\r\n", "before its last boundary");
  assert_no_file(type, "--xyz\r\n\r\n", "before its last boundary");
  assert_no_file(type, PART(FILE_HEAD, "bytes"), "before its last boundary");
  assert_no_file(type, PART(FILE_HEAD, "bytes") "--xyz-", "before its last boundary");
  assert_no_file(type, "--xyz--", "no file");
  assert_no_file(type, PART(FIELD_HEAD, "words") "--xyz--", "no file");
  assert_no_file(type, PART(FILE_HEAD, "a") PART(FILE_HEAD, "b") "--xyz--", "several files");
  assert_no_file("multipart/form-data", "--xyz--", "boundary");
  assert_no_file("multipart/form-data; boundary=", "--xyz--", "boundary");
  assert_no_file("multipart/form-data; boundary=\"xyz", "--xyz--", "boundary");
  assert_no_file(
      "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
      "--xyz--", "boundary");
}

static void types_of_forms(void **state) {
  (void)state;
  assert_true(sn_is_form("multipart/form-data"));
  assert_true(sn_is_form("MULTIPART/form-data; boundary=x"));
  assert_false(sn_is_form("multipart/form-datax"));
  assert_false(sn_is_form("multipart/mixed; boundary=x"));
  assert_false(sn_is_form(""));
}

/* Bytes of a form exchanged by chance, in memory of just that size, for the address sanitizer. */
static void damaged_forms(void **state) {
  static const char form[] = PART(FIELD_HEAD, "words") PART(FILE_HEAD, "bytes") "--xyz--\r\n";
  static const char letters[] = "\r\n-xyz;:= a\"";
  uint32_t chance = 1;
  (void)state;
  for (int round = 0; round < 20000; round++) {
    size_t size = sizeof form - 1;
    uint8_t *body = malloc(size);
    assert_non_null(body);
    memcpy(body, form, size);
    for (int change = 0; change < 4; change++) {
      chance = chance * 1664525 + 1013904223;
      body[(chance >> 8) % size] = (uint8_t)letters[(chance >> 4) % (sizeof letters - 1)];
    }
    size -= (chance >> 16) % 8 == 0 ? (chance >> 20) % size : 0;
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    memcpy(exact, body, size);
    SnPart file = {0};
    sn_clear_error();
    const bool found = sn_form_file(type, exact, size, &file);
    assert_true(found == sn_ok());
    if (found) assert_true(file.bytes >= exact && file.bytes + file.size <= exact + size);
    free(exact);
    free(body);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hosts_of_this_machine), cmocka_unit_test(origins_of_the_page), cmocka_unit_test(tokens),
      cmocka_unit_test(forms_with_a_file),     cmocka_unit_test(forms_without_one),   cmocka_unit_test(types_of_forms),
      cmocka_unit_test(damaged_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
