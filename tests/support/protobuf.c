#include "tests/support/protobuf.h"

#include <string.h>

#include "tests/support/test.h"

typedef struct Field {
  int number;
  uint64_t integer; /* or the four bytes */
  ProtoBytes inner;
} Field;

static uint64_t varint(ProtoBytes *rest) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    assert_true(rest->size > 0 && shift < 70);
    uint8_t byte = *rest->bytes++;
    rest->size--;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
}

static ProtoBytes take(ProtoBytes *rest, uint64_t size) {
  assert_true(size <= rest->size);
  ProtoBytes taken = {rest->bytes, (size_t)size};
  rest->bytes += size;
  rest->size -= (size_t)size;
  return taken;
}

static Field next(ProtoBytes *rest) {
  uint64_t key = varint(rest);
  Field field = {.number = (int)(key >> 3)};
  switch (key & 7) {
    case 0:
      field.integer = varint(rest);
      break;
    case 2:
      field.inner = take(rest, varint(rest));
      break;
    case 5:
      memcpy(&field.integer, take(rest, 4).bytes, 4);
      break;
    default:
      fail_msg("a field of type %d", (int)(key & 7));
  }
  return field;
}

int proto_count(ProtoBytes message, int field) {
  int count = 0;
  while (message.size > 0) count += next(&message).number == field;
  return count;
}

static Field find(ProtoBytes message, int field, int index) {
  while (message.size > 0) {
    Field found = next(&message);
    if (found.number == field && index-- == 0) return found;
  }
  fail_msg("no field %d", field);
  return (Field){0};
}

ProtoBytes proto_message(ProtoBytes message, int field, int index) { return find(message, field, index).inner; }

int64_t proto_integer(ProtoBytes message, int field, int index) { return (int64_t)find(message, field, index).integer; }

float proto_float(ProtoBytes message, int field) {
  uint32_t bits = (uint32_t)find(message, field, 0).integer;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

bool proto_is_text(ProtoBytes bytes, const char *text) {
  return bytes.size == strlen(text) && memcmp(bytes.bytes, text, bytes.size) == 0;
}
