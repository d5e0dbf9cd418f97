/* Reading messages of Protocol Buffers, for tests of what writes them. Every function fails the test when the bytes are
 * no message, or what is asked for is not there. */
#ifndef SN_TESTS_SUPPORT_PROTOBUF_H
#define SN_TESTS_SUPPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are not owned. */
typedef struct ProtoBytes {
  const uint8_t *bytes;
  size_t size;
} ProtoBytes;

/* How many fields of that number there are; every field is walked over, up to the last byte. */
int proto_count(ProtoBytes message, int field);

/* Number `index` of them. */
ProtoBytes proto_message(ProtoBytes message, int field, int index);
int64_t proto_integer(ProtoBytes message, int field, int index);
float proto_float(ProtoBytes message, int field);

bool proto_is_text(ProtoBytes bytes, const char *text);

#endif
