/* All that the program says on standard output and standard error goes through here: no other file of cli/ uses printf,
 * puts or their like on them (tests/floors.sh checks that). What a %s stands for comes from files, names and arguments,
 * and is shown by base/printable.h; the format is ours and reaches the terminal as it is. */
#ifndef SN_CLI_TERMINAL_H
#define SN_CLI_TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>

/* To be called first. Opens /dev/null in the place of a standard descriptor that is closed, so that no file of ours
 * gets its number and then the messages. A pipe that was closed and a file that has reached its largest size become
 * errors of the write instead of signals. False when there is no /dev/null. */
bool sn_terminal_open(void);

/* Flushes standard output; false, with a message, when it did not take all that was printed. To be called last. */
bool sn_terminal_close(void);

/* Print on standard output, or on standard error, in the formats of sn_print_printable. Return the bytes printed. */
int sn_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
int sn_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
int sn_message_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Prints a text of several lines on standard output, and no line end after the last. */
void sn_print_lines(const char *text);

/* Writes out what was printed so far, where a person waits for it or a process is about to fork. */
void sn_terminal_flush(void);

/* Whether standard output has taken all that was written out so far. */
bool sn_terminal_is_open(void);

/* Whether standard error is a terminal: bars that move may be drawn. */
bool sn_terminal_is_interactive(void);

#endif
