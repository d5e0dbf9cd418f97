/* Messages of Protocol Buffers, written: https://protobuf.dev/programming-guides/encoding. A message is its fields one
 * after the other, each a key, field << 3 | type, and its value: a varint (7 bits a byte, lowest first), 4 bytes, or a
 * length and as many bytes, which may be a message again. */
#ifndef SN_ONNX_PROTOBUF_H
#define SN_ONNX_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

/* A message so far; all zero: an empty one. While an error is pending nothing is added. */
typedef struct SnProto {
  uint8_t *bytes;
  int64_t size, capacity;
} SnProto;

void sn_proto_free(SnProto *message); /* which is empty afterwards */

/* An int64, enum or bool; negative numbers as their two's complement, in ten bytes. */
void sn_proto_integer(SnProto *message, int field, int64_t value);
void sn_proto_float(SnProto *message, int field, float value);
void sn_proto_text(SnProto *message, int field, const char *text);

/* Fields that another message holds already. */
void sn_proto_append(SnProto *message, const SnProto *fields);

/* A message inside, which is freed. */
void sn_proto_message(SnProto *message, int field, SnProto *inner);

/* The key and length of `size` bytes that whoever writes the message puts behind it. */
void sn_proto_announce(SnProto *message, int field, int64_t size);

#endif
