#include "datasets/tiff_stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* libtiff may take so much at once, beside a strip as long as the file. Pixels are not among it: they go to memory of
 * ours. */
#define MAX_AT_ONCE ((tmsize_t)64 << 20)

static tmsize_t read_stream(thandle_t handle, void *to, tmsize_t size) {
  SnTiffStream *stream = (SnTiffStream *)handle;
  const uint64_t held = stream->file->size, left = stream->position < held ? held - stream->position : 0;
  const uint64_t part = size < 0 ? 0 : (uint64_t)size < left ? (uint64_t)size : left;
  if (part > 0) memcpy(to, stream->file->data + stream->position, part);
  stream->position += part;
  return (tmsize_t)part;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t size) {
  (void)handle, (void)from, (void)size;
  return 0;
}

/* Beyond the end is a place where nothing is read. */
static toff_t seek_stream(thandle_t handle, toff_t offset, int whence) {
  SnTiffStream *stream = (SnTiffStream *)handle;
  const uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? stream->position : stream->file->size;
  stream->position = base + offset; /* unsigned: an offset below zero wraps to where it should */
  return stream->position;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t stream_size(thandle_t handle) { return ((SnTiffStream *)handle)->file->size; }

/* libtiff has no codes for its errors, and its words of memory may name sizes that a file made up; malloc, when it
 * refuses, leaves a trace. */
static void leave_if_refused(SnTiffStream *stream) {
  if (errno != ENOMEM) return;
  stream->abandoned = true;
  longjmp(stream->refused, 1);
}

static void note(SnTiffStream *stream, const char *format, va_list arguments) {
  char text[sizeof stream->problem];
  vsnprintf(text, sizeof text, format, arguments);
  leave_if_refused(stream);
  if (stream->problem[0] == '\0') memcpy(stream->problem, text, sizeof text);
}

/* Warnings are about unknown tags and the like, but also about a palette that was not read and pixels made up. */
static void warn(SnTiffStream *stream, const char *format, va_list arguments) {
  char text[sizeof stream->problem];
  vsnprintf(text, sizeof text, format, arguments);
  static const char *const damage[] = {"IO error", "Corrupt JPEG data", "Premature end", "Discarding"};
  size_t i = 0;
  while (i < sizeof damage / sizeof *damage && strncmp(text, damage[i], strlen(damage[i])) != 0) i++;
  leave_if_refused(stream);
  if (stream->damaged || i == sizeof damage / sizeof *damage) return;
  stream->damaged = true;
  if (stream->problem[0] == '\0') memcpy(stream->problem, text, sizeof text);
}

#if TIFFLIB_VERSION >= 20221213 /* 4.5.0 */

static int take_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)module;
  note(user, format, arguments);
  return 1;
}

static int take_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)module;
  warn(user, format, arguments);
  return 1;
}

static TIFF *open_stream(SnTiffStream *stream) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_AT_ONCE + (tmsize_t)stream->file->size);
  TIFFOpenOptionsSetErrorHandlerExtR(options, take_error, stream);
  TIFFOpenOptionsSetWarningHandlerExtR(options, take_warning, stream);
  TIFF *tiff = TIFFClientOpenExt("the file", "rmD", (thandle_t)stream, read_stream, write_nothing, seek_stream,
                                 close_nothing, stream_size, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

#else /* one pair of handlers for the whole program: they look for the stream that this thread is at */

static _Thread_local SnTiffStream *current;

static void take_error(thandle_t handle, const char *module, const char *format, va_list arguments) {
  (void)module;
  if (current && handle == (thandle_t)current) note(current, format, arguments);
}

static void take_warning(thandle_t handle, const char *module, const char *format, va_list arguments) {
  (void)module;
  if (current && handle == (thandle_t)current) warn(current, format, arguments);
}

static void set_handlers(void) {
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  TIFFSetErrorHandlerExt(take_error);
  TIFFSetWarningHandlerExt(take_warning);
}

static TIFF *open_stream(SnTiffStream *stream) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, set_handlers);
  current = stream;
  return TIFFClientOpen("the file", "rmD", (thandle_t)stream, read_stream, write_nothing, seek_stream, close_nothing,
                        stream_size, NULL, NULL);
}

#endif

bool sn_tiff_stream_open(SnTiffStream *stream) {
  errno = 0;
  stream->tiff = open_stream(stream);
  return (stream->tiff && !stream->damaged) || sn_tiff_stream_fail(stream);
}

bool sn_tiff_stream_fail(const SnTiffStream *stream) {
  const SnImageFile *file = stream->file;
  if (strstr(stream->problem, "byte limit defined in open options"))
    return sn_fail("%s: is a TIFF file whose directory asks for more than %lld MB of memory", file->name,
                   (long long)(MAX_AT_ONCE >> 20));
  if (stream->abandoned || (!stream->tiff && stream->problem[0] == '\0')) return sn_image_file_no_memory(file, "TIFF");
  if (stream->problem[0] == '\0')
    return sn_fail("%s: is a damaged TIFF file: its strips or tiles end before their last pixel", file->name);
  return sn_fail("%s: is a damaged TIFF file: %s", file->name, stream->problem);
}

void sn_tiff_stream_close(SnTiffStream *stream) {
  if (stream->tiff && !stream->abandoned) TIFFClose(stream->tiff);
  stream->tiff = NULL;
  free(stream->buffer);
}
