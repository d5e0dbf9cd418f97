/* Python's pickle language, as far as state dicts need it: a machine that knows a short list of instructions and
 * globals, builds the values below and nothing else, and names what it refuses. Nothing in a file is ever executed.
 * https://github.com/python/cpython/blob/main/Lib/pickletools.py describes every instruction. */
#ifndef SN_TENSOR_PICKLE_H
#define SN_TENSOR_PICKLE_H

#include "base/budget.h"
#include "tensor/element.h"
#include "tensor/name_index.h"

/* A torch storage, which the pickle only mentions. */
typedef struct SnPickleStorage {
  const char *key;
  const SnElement *element;
  int64_t count;      /* elements, as the pickle says */
  SnFileReader bytes; /* its contents: for the owner of the file to fill in */
} SnPickleStorage;

typedef struct SnPickleTensor {
  SnPickleStorage *storage;
  int ndim;
  int64_t offset, shape[SN_MAX_DIMS], stride[SN_MAX_DIMS]; /* elements; checked to lie inside the storage */
} SnPickleTensor;

typedef enum SnPickleKind {
  SN_PICKLE_NONE,
  SN_PICKLE_BOOL,
  SN_PICKLE_INTEGER,
  SN_PICKLE_LONG, /* an integer that needs more than 64 bits: `text` holds its bytes, lowest first */
  SN_PICKLE_REAL,
  SN_PICKLE_TEXT,
  SN_PICKLE_TUPLE,
  SN_PICKLE_LIST,
  SN_PICKLE_DICT, /* key, value, key, value, ... */
  SN_PICKLE_TENSOR,
  SN_PICKLE_OPAQUE, /* harmless and of no interest: options, devices, NumPy numbers */
  /* only inside the machine */
  SN_PICKLE_STORAGE,
  SN_PICKLE_GLOBAL,
  SN_PICKLE_MARK
} SnPickleKind;

typedef struct SnPickleValue {
  SnPickleKind kind;
  union {
    int64_t integer; /* BOOL, INTEGER */
    double real;
    struct {
      const char *bytes; /* a zero follows; there may be others inside */
      int64_t size;
    } text;
    struct {
      struct SnPickleValue **items;
      int64_t count, capacity;
    } list;
    SnPickleTensor *tensor;
    struct {
      SnPickleStorage *storage;
      int64_t begin, count; /* the elements of it that tensors see */
    } view;
    struct {
      int role;                 /* known to pickle_global.c */
      const SnElement *element; /* of a storage class */
    } global;
  };
} SnPickleValue;

/* Where pickles are read, one after the other, and the storages they mentioned, each once. */
typedef struct SnPickle {
  const SnFileReader *reader;
  int64_t position; /* of the next byte */
  SnPickleStorage **storages;
  int64_t storage_count, storage_capacity;
  SnNameIndex storage_index; /* of their keys */
  SnBudget *budget;
  SnPickleValue *spare; /* values not in use yet */
  int64_t spare_count;
  int64_t window_begin, window_size;
  uint8_t window[4096];
} SnPickle;

/* Everything that is built draws on the budget of the file. */
void sn_pickle_start(SnPickle *pickle, const SnFileReader *reader, int64_t position, SnBudget *budget);

/* The next pickle's value. It and the storages belong to the innermost scope. NULL and an error that names the path on
 * failure. A value may contain itself. */
SnPickleValue *sn_pickle_next(SnPickle *pickle);

/* Is it a text, and this one? */
bool sn_pickle_is_text(const SnPickleValue *value, const char *text);

/* ---- pickle_fetch.c: bytes in the pickle, and values made of them ---- */

enum { SN_PICKLE_LONGEST_LINE = 128 };

/* Zeroed memory in the innermost scope, drawn on the budget; NULL and an error when it is not to be had. */
void *sn_pickle_allocate(SnPickle *pickle, int64_t count, size_t size);

SnPickleValue *sn_pickle_value(SnPickle *pickle, SnPickleKind kind);
SnPickleValue *sn_pickle_integer(SnPickle *pickle, int64_t integer);
/* Room for so many more items of a list, tuple or dict, and an item that takes one. */
bool sn_pickle_reserve(SnPickle *pickle, SnPickleValue *list, int64_t more);
bool sn_pickle_append(SnPickle *pickle, SnPickleValue *list, SnPickleValue *item);

/* Little-endian, unsigned, of 1 to 8 bytes; 0 and an error when the pickle ends. */
uint64_t sn_pickle_fetch_number(SnPickle *pickle, int size);
bool sn_pickle_fetch_line(SnPickle *pickle, char line[SN_PICKLE_LONGEST_LINE]);
/* A text or long integer whose size is written before it in so many bytes. */
SnPickleValue *sn_pickle_fetch_sized(SnPickle *pickle, int size_bytes, SnPickleKind kind);
/* Two's complement, lowest byte first. */
SnPickleValue *sn_pickle_fetch_long(SnPickle *pickle);
SnPickleValue *sn_pickle_fetch_real(SnPickle *pickle);

/* Records what is wrong with the bytes so far; false. */
bool sn_pickle_damaged(const SnPickle *pickle, const char *what);

/* ---- pickle_global.c: the globals a pickle may name, and what calling them gives ---- */

/* A GLOBAL; an error names one that is not on the list. */
SnPickleValue *sn_pickle_global(SnPickle *pickle, const char *module, const char *name);

/* What calling a global gives. */
SnPickleValue *sn_pickle_call(SnPickle *pickle, const SnPickleValue *global, const SnPickleValue *arguments);

/* The storage of that key, if one was mentioned; NULL without an error. */
SnPickleStorage *sn_pickle_find_storage(const SnPickle *pickle, const SnPickleValue *key);

/* The STORAGE that a persistent id mentions. */
SnPickleValue *sn_pickle_storage(SnPickle *pickle, const SnPickleValue *id);

#endif
