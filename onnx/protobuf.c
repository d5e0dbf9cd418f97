#include "onnx/protobuf.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { VARINT = 0, LENGTH = 2, FOUR_BYTES = 5, LONGEST_VARINT = 10 };

void sn_proto_free(SnProto *message) {
  free(message->bytes);
  *message = (SnProto){0};
}

/* Room for `size` bytes more; NULL and an error when memory is short. */
static uint8_t *room(SnProto *message, int64_t size) {
  if (!sn_ok()) return NULL;
  if (message->size + size > message->capacity) {
    int64_t larger = 2 * message->capacity + size;
    uint8_t *grown = sn_resize(message->bytes, larger, 1, "an ONNX model");
    if (!grown) return NULL;
    message->bytes = grown;
    message->capacity = larger;
  }
  return message->bytes + message->size;
}

static void append(SnProto *message, const void *bytes, int64_t size) {
  uint8_t *place = room(message, size);
  if (!place) return;
  if (size > 0) memcpy(place, bytes, (size_t)size);
  message->size += size;
}

static void varint(SnProto *message, uint64_t value) {
  uint8_t bytes[LONGEST_VARINT];
  int count = 0;
  do {
    bytes[count++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value > 0);
  append(message, bytes, count);
}

static void key(SnProto *message, int field, int type) { varint(message, (uint64_t)field << 3 | (uint64_t)type); }

void sn_proto_integer(SnProto *message, int field, int64_t value) {
  key(message, field, VARINT);
  varint(message, (uint64_t)value);
}

void sn_proto_float(SnProto *message, int field, float value) {
  key(message, field, FOUR_BYTES);
  append(message, &value, sizeof value); /* lowest byte first, as on every processor that this is compiled for */
}

void sn_proto_announce(SnProto *message, int field, int64_t size) {
  key(message, field, LENGTH);
  varint(message, (uint64_t)size);
}

void sn_proto_text(SnProto *message, int field, const char *text) {
  sn_proto_announce(message, field, (int64_t)strlen(text));
  append(message, text, (int64_t)strlen(text));
}

void sn_proto_append(SnProto *message, const SnProto *fields) { append(message, fields->bytes, fields->size); }

void sn_proto_message(SnProto *message, int field, SnProto *inner) {
  sn_proto_announce(message, field, inner->size);
  sn_proto_append(message, inner);
  sn_proto_free(inner);
}
