#include <string.h>

#include "base/memory.h"
#include "tensor/pickle.h"

typedef SnPickleValue Value;

void sn_pickle_start(SnPickle *pickle, const SnFileReader *reader, int64_t position) {
  *pickle = (SnPickle){.reader = reader, .position = position, .instructions_left = SN_PICKLE_MOST_INSTRUCTIONS};
}

bool sn_pickle_is_text(const Value *value, const char *text) {
  return value->kind == SN_PICKLE_TEXT && value->text.size == (int64_t)strlen(text) &&
         memcmp(value->text.bytes, text, strlen(text)) == 0;
}

Value *sn_pickle_value(SnPickleKind kind) {
  Value *value = sn_scope_allocate(1, sizeof *value, NULL);
  if (value) value->kind = kind;
  return value;
}

bool sn_pickle_append(Value *list, Value *item) {
  if (!item) return false;
  if (list->list.count == list->list.room) {
    int64_t room = list->list.room ? 2 * list->list.room : 4;
    Value **items = sn_scope_allocate(room, sizeof(Value *), NULL);
    if (!items) return false;
    if (list->list.count > 0) memcpy(items, list->list.items, (size_t)list->list.count * sizeof(Value *));
    list->list.items = items;
    list->list.room = room;
  }
  list->list.items[list->list.count++] = item;
  return true;
}

bool sn_pickle_damaged(const SnPickle *pickle, const char *what) {
  return sn_fail("%s: the pickle is damaged before byte %lld: %s", pickle->reader->path, (long long)pickle->position,
                 what);
}

static bool fetch(SnPickle *pickle, void *bytes, int64_t size) {
  int64_t left = pickle->reader->size - pickle->position;
  if (size > left)
    return sn_fail("%s: the pickle ends too early, at byte %lld", pickle->reader->path,
                   (long long)pickle->reader->size);
  int64_t at = pickle->position - pickle->window_begin;
  pickle->position += size;
  if (size > (int64_t)sizeof pickle->window)
    return sn_file_reader_read(pickle->reader, pickle->position - size, bytes, size);
  if (at < 0 || at + size > pickle->window_size) {
    pickle->window_begin = pickle->position - size;
    pickle->window_size = left < (int64_t)sizeof pickle->window ? left : (int64_t)sizeof pickle->window;
    if (!sn_file_reader_read(pickle->reader, pickle->window_begin, pickle->window, pickle->window_size)) return false;
    at = 0;
  }
  if (size > 0) memcpy(bytes, pickle->window + at, (size_t)size);
  return true;
}

uint64_t sn_pickle_fetch_number(SnPickle *pickle, int size) {
  uint8_t bytes[8] = {0};
  uint64_t number = 0;
  if (!fetch(pickle, bytes, size)) return 0;
  for (int i = size - 1; i >= 0; i--) number = number << 8 | bytes[i];
  return number;
}

bool sn_pickle_fetch_line(SnPickle *pickle, char line[SN_PICKLE_LONGEST_LINE]) {
  for (int i = 0; i < SN_PICKLE_LONGEST_LINE; i++) {
    if (!fetch(pickle, &line[i], 1)) return false;
    if (line[i] == '\n') {
      line[i] = '\0';
      return true;
    }
  }
  return sn_pickle_damaged(pickle, "a global's name is too long");
}

Value *sn_pickle_fetch_sized(SnPickle *pickle, int size_bytes, SnPickleKind kind) {
  uint64_t size = sn_pickle_fetch_number(pickle, size_bytes);
  if (sn_ok() && size > (uint64_t)(pickle->reader->size - pickle->position))
    sn_pickle_damaged(pickle, "a text is cut off");
  Value *value = sn_pickle_value(kind);
  char *bytes = sn_ok() ? sn_scope_allocate((int64_t)size + 1, 1, NULL) : NULL;
  if (!bytes || !fetch(pickle, bytes, (int64_t)size)) return NULL;
  value->text.bytes = bytes;
  value->text.size = (int64_t)size;
  return value;
}

Value *sn_pickle_integer(int64_t integer) {
  Value *value = sn_pickle_value(SN_PICKLE_INTEGER);
  if (value) value->integer = integer;
  return value;
}

Value *sn_pickle_fetch_long(SnPickle *pickle) {
  Value *value = sn_pickle_fetch_sized(pickle, 1, SN_PICKLE_LONG);
  if (!value || value->text.size > 8) return value;
  uint64_t number = 0;
  int64_t size = value->text.size;
  for (int64_t i = 0; i < 8; i++) {
    uint8_t byte = i < size ? (uint8_t)value->text.bytes[i] : size > 0 && value->text.bytes[size - 1] & 0x80 ? 0xFF : 0;
    number |= (uint64_t)byte << 8 * i;
  }
  return sn_pickle_integer((int64_t)number);
}

Value *sn_pickle_fetch_real(SnPickle *pickle) {
  uint8_t bytes[8], reversed[8];
  Value *value = sn_pickle_value(SN_PICKLE_REAL);
  if (!value || !fetch(pickle, bytes, 8)) return NULL;
  for (int i = 0; i < 8; i++) reversed[i] = bytes[7 - i];
  memcpy(&value->real, reversed, 8);
  return value;
}
