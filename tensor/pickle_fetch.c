#include <string.h>

#include "base/memory.h"
#include "tensor/pickle.h"

typedef SnPickleValue Value;

void sn_pickle_start(SnPickle *pickle, const SnFileReader *reader, int64_t position, SnBudget *budget) {
  *pickle = (SnPickle){.reader = reader, .position = position, .budget = budget};
}

bool sn_pickle_is_text(const Value *value, const char *text) {
  return value->kind == SN_PICKLE_TEXT && value->text.size == (int64_t)strlen(text) &&
         memcmp(value->text.bytes, text, strlen(text)) == 0;
}

void *sn_pickle_allocate(SnPickle *pickle, int64_t count, size_t size) {
  enum { OVERHEAD = 64 }; /* of a piece of a scope's memory */
  int64_t bytes;
  if (!sn_multiply(count, (int64_t)size, &bytes) || bytes > INT64_MAX - OVERHEAD) bytes = INT64_MAX - OVERHEAD;
  return sn_budget_memory(pickle->budget, bytes + OVERHEAD) ? sn_scope_allocate(count, size, NULL) : NULL;
}

/* Values are small and many, so they come from pieces of many. */
Value *sn_pickle_value(SnPickle *pickle, SnPickleKind kind) {
  enum { AT_ONCE = 64 };
  if (pickle->spare_count == 0) {
    pickle->spare = sn_pickle_allocate(pickle, AT_ONCE, sizeof *pickle->spare);
    if (!pickle->spare) return NULL;
    pickle->spare_count = AT_ONCE;
  }
  if (!sn_ok()) return NULL;
  pickle->spare_count--;
  Value *value = pickle->spare++;
  value->kind = kind;
  return value;
}

bool sn_pickle_reserve(SnPickle *pickle, Value *list, int64_t more) {
  int64_t needed = list->list.count + more, capacity = 2 * list->list.capacity;
  if (needed <= list->list.capacity) return sn_ok();
  if (capacity < needed) capacity = needed;
  Value **items = sn_pickle_allocate(pickle, capacity, sizeof(Value *));
  if (!items) return false;
  if (list->list.count > 0) memcpy(items, list->list.items, (size_t)list->list.count * sizeof(Value *));
  list->list.items = items;
  list->list.capacity = capacity;
  return true;
}

bool sn_pickle_append(SnPickle *pickle, Value *list, Value *item) {
  if (!item || !sn_budget_work(pickle->budget, 1) || !sn_pickle_reserve(pickle, list, 1)) return false;
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
  Value *value = sn_pickle_value(pickle, kind);
  char *bytes = sn_ok() ? sn_pickle_allocate(pickle, (int64_t)size + 1, 1) : NULL;
  if (!bytes || !fetch(pickle, bytes, (int64_t)size)) return NULL;
  value->text.bytes = bytes;
  value->text.size = (int64_t)size;
  return value;
}

Value *sn_pickle_integer(SnPickle *pickle, int64_t integer) {
  Value *value = sn_pickle_value(pickle, SN_PICKLE_INTEGER);
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
  return sn_pickle_integer(pickle, (int64_t)number);
}

Value *sn_pickle_fetch_real(SnPickle *pickle) {
  uint8_t bytes[8], reversed[8];
  Value *value = sn_pickle_value(pickle, SN_PICKLE_REAL);
  if (!value || !fetch(pickle, bytes, 8)) return NULL;
  for (int i = 0; i < 8; i++) reversed[i] = bytes[7 - i];
  memcpy(&value->real, reversed, 8);
  return value;
}
