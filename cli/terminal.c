#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"

static int output_failure; /* errno of the first write to standard output that failed */

bool sn_terminal_open(void) {
  static char message[4096], output[BUFSIZ]; /* of our own: none is allocated, so printing cannot fail for that */
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
    if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) != descriptor) return false;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  setvbuf(stderr, message, _IOFBF, sizeof message); /* a message in one write, whatever it is put together from */
  setvbuf(stdout, output, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof output);
  return true;
}

static void note_failure(void) {
  if (ferror(stdout) && output_failure == 0) output_failure = errno ? errno : EIO;
}

void sn_terminal_flush(void) {
  fflush(stdout);
  note_failure();
  fflush(stderr);
}

bool sn_terminal_close(void) {
  sn_terminal_flush();
  if (output_failure != 0) sn_message("simplenet: standard output cannot be written: %s\n", strerror(output_failure));
  return output_failure == 0;
}

bool sn_terminal_is_open(void) { return output_failure == 0; }

bool sn_terminal_is_interactive(void) { return isatty(STDERR_FILENO) == 1; }

static int print(FILE *stream, const char *format, va_list arguments) {
  int printed = sn_print_printable(stream, format, arguments);
  if (stream == stdout)
    note_failure();
  else
    fflush(stream);
  return printed;
}

int sn_print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int printed = print(stdout, format, arguments);
  va_end(arguments);
  return printed;
}

void sn_print_lines(const char *text) {
  for (size_t length; *text; text += length) {
    length = strcspn(text, "\n");
    sn_print("%.*s", (int)length, text);
    if (text[length] == '\n' && ++length) sn_print("\n");
  }
}

int sn_message(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int printed = print(stderr, format, arguments);
  va_end(arguments);
  return printed;
}

int sn_message_list(const char *format, va_list arguments) { return print(stderr, format, arguments); }
