#include "tensor/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "tensor/scope.h"

enum {
  END_SIZE = 22,
  LONGEST_COMMENT = 65535,
  LOCATOR_SIZE = 20,
  END64_SIZE = 56,
  ENTRY_SIZE = 46,
  LOCAL_SIZE = 30,
  MAX_ENTRIES = 65536,
  LARGEST_DIRECTORY = 1 << 25,
  PIECE = 1 << 16
};

/* The `size` little-endian bytes at `bytes`, of which there are at most 8. */
static uint64_t number(const uint8_t *bytes, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[i];
  return value;
}

static bool has_signature(const uint8_t *bytes, int kind) {
  return bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == (uint8_t)(kind & 0xFF) && bytes[3] == (uint8_t)(kind >> 8);
}

enum { SIGN_LOCAL = 0x0403, SIGN_ENTRY = 0x0201, SIGN_END = 0x0605, SIGN_END64 = 0x0606, SIGN_LOCATOR = 0x0706 };

typedef struct Directory {
  uint64_t count, size, begin;
} Directory;

/* The end record is the last thing in the file but for a comment whose length it holds. */
static bool find_end(const SnFileReader *reader, int64_t *place, uint8_t *end) {
  int64_t reach = reader->size < END_SIZE + LONGEST_COMMENT ? reader->size : END_SIZE + LONGEST_COMMENT;
  uint8_t *tail = sn_allocate(reach, 1, "the end of an archive");
  bool found = false;
  if (tail && sn_file_reader_read(reader, reader->size - reach, tail, reach))
    for (int64_t at = reach - END_SIZE; at >= 0 && !found; at--)
      if (has_signature(tail + at, SIGN_END) && (int64_t)number(tail + at + 20, 2) == reach - END_SIZE - at) {
        memcpy(end, tail + at, END_SIZE);
        *place = reader->size - reach + at;
        found = true;
      }
  free(tail);
  return found || sn_fail("%s: the ZIP archive has no end: the file is cut off or damaged", reader->path);
}

static bool find_directory(const SnFileReader *reader, Directory *directory) {
  uint8_t end[END_SIZE], locator[LOCATOR_SIZE], end64[END64_SIZE];
  int64_t place = 0;
  if (!find_end(reader, &place, end)) return false;
  uint64_t disks = number(end + 4, 4);
  *directory = (Directory){number(end + 10, 2), number(end + 12, 4), number(end + 16, 4)};
  if (place >= LOCATOR_SIZE) {
    if (!sn_file_reader_read(reader, place - LOCATOR_SIZE, locator, LOCATOR_SIZE)) return false;
    uint64_t place64 = number(locator + 8, 8);
    if (has_signature(locator, SIGN_LOCATOR)) {
      if (place64 > (uint64_t)place || !sn_file_reader_read(reader, (int64_t)place64, end64, END64_SIZE) ||
          !has_signature(end64, SIGN_END64))
        return sn_fail("%s: the ZIP64 archive has no end record where its locator says", reader->path);
      disks = number(end64 + 16, 8);
      *directory = (Directory){number(end64 + 32, 8), number(end64 + 40, 8), number(end64 + 48, 8)};
      place = (int64_t)place64;
    }
  }
  if (disks != 0) return sn_fail("%s: the ZIP archive is spread over several files", reader->path);
  if (directory->count > MAX_ENTRIES || directory->size > LARGEST_DIRECTORY)
    return sn_fail("%s: the ZIP archive has more than %d entries", reader->path, MAX_ENTRIES);
  if (directory->begin > (uint64_t)place || directory->size > (uint64_t)place - directory->begin)
    return sn_fail("%s: the ZIP archive's directory lies outside the file", reader->path);
  return true;
}

/* The ZIP64 extra field holds, in this order, those of the numbers that did not fit in 32 bits. */
static void widen(const uint8_t *extra, int64_t length, uint64_t *size, uint64_t *packed_size, uint64_t *header) {
  uint64_t *numbers[] = {size, packed_size, header};
  for (int64_t at = 0; at + 4 <= length; at += 4 + (int64_t)number(extra + at + 2, 2)) {
    int64_t field = at + 4, end = field + (int64_t)number(extra + at + 2, 2);
    if (number(extra + at, 2) != 1 || end > length) continue;
    for (int i = 0; i < 3; i++)
      if (*numbers[i] == 0xFFFFFFFF && field + 8 <= end) {
        *numbers[i] = number(extra + field, 8);
        field += 8;
      }
    return;
  }
}

/* One entry of the directory; returns its length, or 0 and an error. */
static int64_t parse_entry(const SnFileReader *reader, const uint8_t *bytes, int64_t left, int64_t end,
                           SnZipEntry *entry) {
  const char *path = reader->path;
  if (left < ENTRY_SIZE || !has_signature(bytes, SIGN_ENTRY))
    return sn_fail("%s: the ZIP archive's directory is damaged", path);
  int64_t name_length = (int64_t)number(bytes + 28, 2), extra_length = (int64_t)number(bytes + 30, 2);
  int64_t length = ENTRY_SIZE + name_length + extra_length + (int64_t)number(bytes + 32, 2);
  if (length > left || !sn_utf8_is_printable(bytes + ENTRY_SIZE, (size_t)name_length))
    return sn_fail("%s: the ZIP archive's directory is damaged", path);
  char *name = sn_scope_allocate(name_length + 1, 1, NULL);
  if (!name) return 0;
  memcpy(name, bytes + ENTRY_SIZE, (size_t)name_length);
  uint64_t packed_size = number(bytes + 20, 4), size = number(bytes + 24, 4), header = number(bytes + 42, 4);
  widen(bytes + ENTRY_SIZE + name_length, extra_length, &size, &packed_size, &header);
  if (number(bytes + 8, 2) & 1) return sn_fail("%s: entry %s is encrypted", path, name);
  if (header > (uint64_t)end || packed_size > (uint64_t)end || size > (uint64_t)1 << 53)
    return sn_fail("%s: entry %s lies outside the archive", path, name);
  *entry = (SnZipEntry){
      name,           (int)number(bytes + 10, 2), (uint32_t)number(bytes + 16, 4), (int64_t)packed_size, (int64_t)size,
      (int64_t)header};
  return length;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const SnZipEntry *)a)->name, ((const SnZipEntry *)b)->name);
}

/* Entries that share bytes make a small archive take long to read. */
static bool check_overlap(const SnZip *zip) {
  int64_t left = zip->end;
  for (int64_t i = 0; i < zip->count; i++) {
    if (zip->entries[i].packed_size > left) return sn_fail("%s: the ZIP archive's entries overlap", zip->reader->path);
    left -= zip->entries[i].packed_size;
  }
  return true;
}

bool sn_zip_open(SnZip *zip, const SnFileReader *reader, SnBudget *budget) {
  Directory directory;
  if (!sn_ok() || !find_directory(reader, &directory)) return false;
  *zip = (SnZip){.reader = reader, .end = (int64_t)directory.begin, .budget = budget};
  /* The directory's bytes, its names, and a record for each. */
  int64_t memory = 2 * (int64_t)directory.size + (int64_t)directory.count * (int64_t)(sizeof *zip->entries + 64);
  if (!sn_budget_memory(budget, memory)) return false;
  zip->entries = sn_scope_allocate((int64_t)directory.count, sizeof *zip->entries, NULL);
  uint8_t *bytes = sn_allocate((int64_t)directory.size, 1, "an archive's directory");
  if (zip->entries && bytes && sn_file_reader_read(reader, zip->end, bytes, (int64_t)directory.size)) {
    int64_t at = 0;
    for (uint64_t i = 0; i < directory.count && sn_budget_work(budget, 1); i++)
      at += parse_entry(reader, bytes + at, (int64_t)directory.size - at, zip->end, &zip->entries[zip->count++]);
  }
  free(bytes);
  if (!sn_ok() || !check_overlap(zip)) return false;
  qsort(zip->entries, (size_t)zip->count, sizeof *zip->entries, by_name);
  for (int64_t i = 1; i < zip->count; i++)
    if (by_name(&zip->entries[i - 1], &zip->entries[i]) == 0)
      return sn_fail("%s: entry %s appears twice", reader->path, zip->entries[i].name);
  return true;
}

const SnZipEntry *sn_zip_find(const SnZip *zip, const char *name) {
  SnZipEntry wanted = {.name = name};
  return zip->count > 0 ? bsearch(&wanted, zip->entries, (size_t)zip->count, sizeof wanted, by_name) : NULL;
}

/* The entry's bytes as they are in the archive, behind a local header that must name the same entry. */
static bool find_packed(const SnZip *zip, const SnZipEntry *entry, SnFileReader *packed) {
  const char *path = zip->reader->path;
  uint8_t local[LOCAL_SIZE];
  int64_t name_length = (int64_t)strlen(entry->name);
  if (!sn_file_reader_read(zip->reader, entry->header, local, LOCAL_SIZE)) return false;
  char *name = sn_allocate(name_length, 1, "an entry's name");
  bool same = name && has_signature(local, SIGN_LOCAL) && (int64_t)number(local + 26, 2) == name_length &&
              sn_file_reader_read(zip->reader, entry->header + LOCAL_SIZE, name, name_length) &&
              memcmp(name, entry->name, (size_t)name_length) == 0;
  free(name);
  if (!same) return sn_fail("%s: entry %s is not where the archive's directory says", path, entry->name);
  int64_t begin = entry->header + LOCAL_SIZE + name_length + (int64_t)number(local + 28, 2);
  if (begin > zip->end || entry->packed_size > zip->end - begin)
    return sn_fail("%s: entry %s lies outside the archive", path, entry->name);
  return sn_file_reader_part(packed, zip->reader, begin, entry->packed_size);
}

static bool inflate_into(const SnFileReader *packed, const char *name, uint8_t *bytes, int64_t size) {
  z_stream stream = {.next_out = bytes};
  uint8_t *piece = sn_allocate(PIECE, 1, "a piece of an archive");
  if (!piece || inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    free(piece);
    return sn_fail("%s: out of memory for entry %s", packed->path, name);
  }
  int status = Z_OK;
  for (int64_t taken = 0, given = 0; sn_ok() && status == Z_OK;) {
    if (stream.avail_in == 0 && taken < packed->size) {
      int64_t more = packed->size - taken < PIECE ? packed->size - taken : PIECE;
      if (!sn_file_reader_read(packed, taken, piece, more)) break;
      stream.next_in = piece;
      stream.avail_in = (uInt)more;
      taken += more;
    }
    int64_t wanted = size - given < PIECE ? size - given : PIECE;
    stream.avail_out = (uInt)wanted;
    status = inflate(&stream, Z_NO_FLUSH);
    given += wanted - stream.avail_out;
    if (status == Z_STREAM_END && (given != size || stream.avail_in > 0 || taken < packed->size)) status = Z_DATA_ERROR;
  }
  inflateEnd(&stream);
  free(piece);
  return status == Z_STREAM_END ||
         sn_fail("%s: entry %s is damaged: it does not unpack to its %lld bytes", packed->path, name, (long long)size);
}

static bool check_crc(const SnFileReader *contents, const SnZipEntry *entry) {
  uint8_t *piece = sn_allocate(PIECE, 1, "a piece of an archive");
  uLong crc = crc32(0, NULL, 0);
  for (int64_t at = 0; piece && at < contents->size; at += PIECE) {
    int64_t more = contents->size - at < PIECE ? contents->size - at : PIECE;
    if (!sn_file_reader_read(contents, at, piece, more)) break;
    crc = crc32(crc, piece, (uInt)more);
  }
  free(piece);
  if (sn_ok() && crc != entry->crc)
    sn_fail("%s: entry %s is damaged: expected the CRC-32 %08lx, found %08lx", contents->path, entry->name,
            (unsigned long)entry->crc, (unsigned long)crc);
  return sn_ok();
}

bool sn_zip_contents(const SnZip *zip, const SnZipEntry *entry, SnFileReader *contents) {
  const char *path = zip->reader->path;
  if (!sn_ok() || !find_packed(zip, entry, contents)) return false;
  if (entry->method != 0 && entry->method != 8)
    return sn_fail("%s: entry %s: expected it stored or deflated, found compression method %d", path, entry->name,
                   entry->method);
  if (entry->method == 8) {
    /* Deflate shortens at most 1032 times, so a larger claim is false, which needs no memory to be found out. */
    if (entry->size > zip->budget->memory || entry->size / 1032 > entry->packed_size)
      return sn_fail("%s: entry %s claims to unpack from %lld to %lld bytes, which is too much", path, entry->name,
                     (long long)entry->packed_size, (long long)entry->size);
    uint8_t *bytes = sn_budget_memory(zip->budget, entry->size) ? sn_scope_allocate(entry->size, 1, NULL) : NULL;
    if (!bytes || !inflate_into(contents, entry->name, bytes, entry->size)) return false;
    *contents = sn_file_reader_on_memory(path, bytes, (size_t)entry->size);
  } else if (entry->size != entry->packed_size) {
    return sn_fail("%s: entry %s is stored, but claims %lld bytes in the archive and %lld outside", path, entry->name,
                   (long long)entry->packed_size, (long long)entry->size);
  }
  return check_crc(contents, entry);
}
