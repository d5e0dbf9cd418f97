/* serve FOLDER [whole]: a web server for tests on 127.0.0.1. Prints its port, then "STATUS /PATH FIRST" for each file
 * asked for, FIRST being the first byte sent. Knows GET and "Range: bytes=N-", unless told to send whole files only. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

/* The head of a request, up to its empty line. */
static bool read_request(FILE *request, char path[256], int64_t *first) {
  char line[1024];
  *first = 0;
  if (!fgets(line, sizeof line, request) || sscanf(line, "GET /%255s HTTP/", path) != 1) return false;
  while (fgets(line, sizeof line, request) && line[0] != '\r')
    if (strncasecmp(line, "Range: bytes=", 13) == 0) *first = strtoll(line + 13, NULL, 10);
  return strstr(path, "..") == NULL;
}

static void answer(FILE *request, FILE *connection, const char *folder, bool whole) {
  char name[256];
  int64_t first;
  if (!read_request(request, name, &first)) return;
  if (whole) first = 0;
  SnBytes bytes = {0};
  char *path = sn_path_join(folder, name);
  bool found = path && sn_file_read(path, (size_t)1 << 30, &bytes);
  int64_t size = (int64_t)bytes.size;
  int status = !found ? 404 : first == 0 ? 200 : first < size ? 206 : 416;
  fprintf(connection, "HTTP/1.1 %d Status\r\nConnection: close\r\n", status);
  if (status == 206)
    fprintf(connection, "Content-Range: bytes %" PRId64 "-%" PRId64 "/%" PRId64 "\r\n", first, size - 1, size);
  bool sends = status == 200 || status == 206;
  fprintf(connection, "Content-Length: %" PRId64 "\r\n\r\n", sends ? size - first : 0);
  if (sends) fwrite(bytes.data + first, 1, (size_t)(size - first), connection);
  fflush(connection);
  printf("%d /%s %" PRId64 "\n", status, name, first);
  fflush(stdout);
  sn_clear_error();
  sn_bytes_free(&bytes);
  free(path);
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  signal(SIGPIPE, SIG_IGN); /* a client that turns away ends its own request, not the server */
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (argc < 2 || listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
      listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
    perror("serve");
    return EXIT_FAILURE;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int descriptor = accept(listener, NULL, NULL);
    FILE *request = fdopen(descriptor, "r"), *connection = fdopen(dup(descriptor), "w");
    if (request && connection) answer(request, connection, argv[1], argc > 2 && strcmp(argv[2], "whole") == 0);
    if (connection) fclose(connection);
    if (request) fclose(request);
  }
}
