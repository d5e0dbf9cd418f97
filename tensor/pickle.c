#include "tensor/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef SnPickleValue Value;

typedef struct Machine {
  SnPickle *pickle;
  Value **stack, **memo;
  int64_t depth, stack_capacity, memo_count, memo_capacity;
} Machine;

/* ---- stack and memo ---- */

static bool reserve(SnPickle *pickle, Value ***items, int64_t *capacity, int64_t needed) {
  if (needed <= *capacity) return true;
  int64_t larger = needed > 32 ? 2 * needed : 64;
  if (!sn_budget_memory(pickle->budget, (larger - *capacity) * (int64_t)sizeof **items)) return false;
  Value **grown = sn_resize(*items, larger, sizeof *grown, pickle->reader->path);
  if (!grown) return false;
  memset(grown + *capacity, 0, (size_t)(larger - *capacity) * sizeof *grown);
  *items = grown;
  *capacity = larger;
  return true;
}

static bool push(Machine *machine, Value *value) {
  if (!value || !reserve(machine->pickle, &machine->stack, &machine->stack_capacity, machine->depth + 1)) return false;
  machine->stack[machine->depth++] = value;
  return true;
}

static Value *top(const Machine *machine) {
  Value *value = machine->depth > 0 ? machine->stack[machine->depth - 1] : NULL;
  if (value && value->kind != SN_PICKLE_MARK) return value;
  sn_pickle_damaged(machine->pickle, "the stack is empty");
  return NULL;
}

static Value *pop(Machine *machine) {
  Value *value = top(machine);
  if (value) machine->depth--;
  return value;
}

/* The stack's depth without the last mark and what is above it; -1 and an error when there is no mark. */
static int64_t find_mark(const Machine *machine) {
  for (int64_t i = machine->depth - 1; i >= 0 && sn_budget_work(machine->pickle->budget, 1); i--)
    if (machine->stack[i]->kind == SN_PICKLE_MARK) return i;
  sn_pickle_damaged(machine->pickle, "a mark is missing");
  return -1;
}

/* Moves the topmost items, from `begin` on, into a tuple, list or dict. */
static bool move_items(Machine *machine, int64_t begin, Value *target) {
  int64_t count = machine->depth - begin;
  if (!sn_pickle_reserve(machine->pickle, target, count)) return false;
  if (target->kind == SN_PICKLE_DICT && count % 2 != 0)
    return sn_pickle_damaged(machine->pickle, "a dictionary's key has no value");
  for (int64_t i = begin; i < machine->depth; i++) {
    if (machine->stack[i]->kind == SN_PICKLE_MARK) return sn_pickle_damaged(machine->pickle, "the stack is empty");
    if (!sn_pickle_append(machine->pickle, target, machine->stack[i])) return false;
  }
  machine->depth = begin;
  return true;
}

/* The topmost items as a new tuple, list or dict. */
static Value *take(Machine *machine, int64_t begin, SnPickleKind kind) {
  Value *value = sn_pickle_value(machine->pickle, kind);
  return value && move_items(machine, begin, value) ? value : NULL;
}

static bool collect(Machine *machine, SnPickleKind kind) {
  int64_t mark = find_mark(machine);
  Value *value = mark >= 0 ? take(machine, mark + 1, kind) : NULL;
  if (!value) return false;
  machine->depth = mark;
  return push(machine, value);
}

static bool tuple(Machine *machine, int count) {
  if (machine->depth < count) return sn_pickle_damaged(machine->pickle, "the stack is empty");
  return push(machine, take(machine, machine->depth - count, SN_PICKLE_TUPLE));
}

/* Moves the items above `begin` into the list or dict that is topmost below `base`; a mark may be between. */
static bool extend(Machine *machine, int64_t begin, int64_t base, SnPickleKind kind) {
  Value *target = base > 0 ? machine->stack[base - 1] : NULL;
  if (!target || target->kind == SN_PICKLE_MARK) return sn_pickle_damaged(machine->pickle, "the stack is empty");
  if (target->kind != kind && target->kind != SN_PICKLE_OPAQUE)
    return sn_pickle_damaged(machine->pickle, "items are added to what has none");
  if (target->kind == kind && !move_items(machine, begin, target)) return false;
  machine->depth = base;
  return true;
}

static bool extend_from_mark(Machine *machine, SnPickleKind kind) {
  int64_t mark = find_mark(machine);
  return mark >= 0 && extend(machine, mark + 1, mark, kind);
}

static bool extend_by(Machine *machine, int count, SnPickleKind kind) {
  if (machine->depth < count) return sn_pickle_damaged(machine->pickle, "the stack is empty");
  return extend(machine, machine->depth - count, machine->depth - count, kind);
}

static bool memorise(Machine *machine, uint64_t index) {
  Value *value = top(machine);
  if (!value) return false;
  /* Numbers count what was memorised, and each time takes a byte. */
  if (index >= (uint64_t)machine->pickle->position)
    return sn_pickle_damaged(machine->pickle, "a memo number is too large");
  if (!reserve(machine->pickle, &machine->memo, &machine->memo_capacity, (int64_t)index + 1)) return false;
  if (!machine->memo[index]) machine->memo_count++;
  machine->memo[index] = value;
  return true;
}

static bool recall(Machine *machine, uint64_t index) {
  if (!sn_ok()) return false;
  if (index >= (uint64_t)machine->memo_capacity || !machine->memo[index])
    return sn_pickle_damaged(machine->pickle, "something is recalled that was never memorised");
  return push(machine, machine->memo[index]);
}

/* ---- globals and objects ---- */

static bool global_from_lines(Machine *machine) {
  char module[SN_PICKLE_LONGEST_LINE], name[SN_PICKLE_LONGEST_LINE];
  return sn_pickle_fetch_line(machine->pickle, module) && sn_pickle_fetch_line(machine->pickle, name) &&
         push(machine, sn_pickle_global(machine->pickle, module, name));
}

static bool global_from_stack(Machine *machine) {
  Value *name = pop(machine), *module = pop(machine);
  if (!name || !module) return false;
  if (name->kind != SN_PICKLE_TEXT || module->kind != SN_PICKLE_TEXT)
    return sn_pickle_damaged(machine->pickle, "a global's name is not a text");
  return push(machine, sn_pickle_global(machine->pickle, module->text.bytes, name->text.bytes));
}

static bool call(Machine *machine) {
  Value *arguments = pop(machine), *global = pop(machine);
  return arguments && global && push(machine, sn_pickle_call(machine->pickle, global, arguments));
}

/* An object's attributes: state dicts carry a _metadata that nobody needs, and what is opaque stays so. */
static bool set_state(Machine *machine) {
  Value *state = pop(machine), *target = top(machine);
  if (!state || !target) return false;
  if (target->kind != SN_PICKLE_DICT && target->kind != SN_PICKLE_OPAQUE && target->kind != SN_PICKLE_TENSOR)
    return sn_pickle_damaged(machine->pickle, "attributes are set on what has none");
  return true;
}

static bool push_boolean(Machine *machine, bool truth) {
  Value *value = sn_pickle_value(machine->pickle, SN_PICKLE_BOOL);
  if (value) value->integer = truth;
  return push(machine, value);
}

static bool check_protocol(Machine *machine) {
  uint64_t protocol = sn_pickle_fetch_number(machine->pickle, 1);
  return sn_ok() && (protocol <= 5 ||
                     sn_fail("%s: pickle protocol %d is not known", machine->pickle->reader->path, (int)protocol));
}

static bool pop_to_mark(Machine *machine) {
  int64_t mark = find_mark(machine);
  if (mark >= 0) machine->depth = mark;
  return mark >= 0;
}

/* clang-format off */
/* Every instruction that is allowed, with its name in Python's pickletools. */
static bool step(Machine *machine, uint8_t instruction) {
  SnPickle *pickle = machine->pickle;
  switch (instruction) {
    case 0x80: return check_protocol(machine);                                                               /* PROTO */
    case 0x95: return sn_pickle_fetch_number(pickle, 8), sn_ok();                                            /* FRAME */
    case '(': return push(machine, sn_pickle_value(pickle, SN_PICKLE_MARK));                                         /* MARK */
    case '0': return pop(machine) != NULL;                                                                   /* POP */
    case '1': return pop_to_mark(machine);                                                                   /* POP_MARK */
    case 'N': return push(machine, sn_pickle_value(pickle, SN_PICKLE_NONE));                                         /* NONE */
    case 0x88: return push_boolean(machine, true);                                                           /* NEWTRUE */
    case 0x89: return push_boolean(machine, false);                                                          /* NEWFALSE */
    case 'J': return push(machine, sn_pickle_integer(pickle, (int32_t)sn_pickle_fetch_number(pickle, 4)));           /* BININT */
    case 'K': return push(machine, sn_pickle_integer(pickle, (int64_t)sn_pickle_fetch_number(pickle, 1)));           /* BININT1 */
    case 'M': return push(machine, sn_pickle_integer(pickle, (int64_t)sn_pickle_fetch_number(pickle, 2)));           /* BININT2 */
    case 0x8a: return push(machine, sn_pickle_fetch_long(pickle));                                           /* LONG1 */
    case 'G': return push(machine, sn_pickle_fetch_real(pickle));                                            /* BINFLOAT */
    case 'X': return push(machine, sn_pickle_fetch_sized(pickle, 4, SN_PICKLE_TEXT));                        /* BINUNICODE */
    case 0x8c: return push(machine, sn_pickle_fetch_sized(pickle, 1, SN_PICKLE_TEXT));                       /* SHORT_BINUNICODE */
    case 0x8d: return push(machine, sn_pickle_fetch_sized(pickle, 8, SN_PICKLE_TEXT));                       /* BINUNICODE8 */
    case 'T': return push(machine, sn_pickle_fetch_sized(pickle, 4, SN_PICKLE_TEXT));                        /* BINSTRING */
    case 'U': return push(machine, sn_pickle_fetch_sized(pickle, 1, SN_PICKLE_TEXT));                        /* SHORT_BINSTRING */
    case 'B': return push(machine, sn_pickle_fetch_sized(pickle, 4, SN_PICKLE_TEXT));                        /* BINBYTES */
    case 'C': return push(machine, sn_pickle_fetch_sized(pickle, 1, SN_PICKLE_TEXT));                        /* SHORT_BINBYTES */
    case ')': return push(machine, sn_pickle_value(pickle, SN_PICKLE_TUPLE));                                        /* EMPTY_TUPLE */
    case 't': return collect(machine, SN_PICKLE_TUPLE);                                                      /* TUPLE */
    case 0x85: return tuple(machine, 1);                                                                     /* TUPLE1 */
    case 0x86: return tuple(machine, 2);                                                                     /* TUPLE2 */
    case 0x87: return tuple(machine, 3);                                                                     /* TUPLE3 */
    case ']': return push(machine, sn_pickle_value(pickle, SN_PICKLE_LIST));                                         /* EMPTY_LIST */
    case 'l': return collect(machine, SN_PICKLE_LIST);                                                       /* LIST */
    case 'a': return extend_by(machine, 1, SN_PICKLE_LIST);                                                  /* APPEND */
    case 'e': return extend_from_mark(machine, SN_PICKLE_LIST);                                              /* APPENDS */
    case '}': return push(machine, sn_pickle_value(pickle, SN_PICKLE_DICT));                                         /* EMPTY_DICT */
    case 'd': return collect(machine, SN_PICKLE_DICT);                                                       /* DICT */
    case 's': return extend_by(machine, 2, SN_PICKLE_DICT);                                                  /* SETITEM */
    case 'u': return extend_from_mark(machine, SN_PICKLE_DICT);                                              /* SETITEMS */
    case 'q': return memorise(machine, sn_pickle_fetch_number(pickle, 1));                                   /* BINPUT */
    case 'r': return memorise(machine, sn_pickle_fetch_number(pickle, 4));                                   /* LONG_BINPUT */
    case 0x94: return memorise(machine, (uint64_t)machine->memo_count);                                      /* MEMOIZE */
    case 'h': return recall(machine, sn_pickle_fetch_number(pickle, 1));                                     /* BINGET */
    case 'j': return recall(machine, sn_pickle_fetch_number(pickle, 4));                                     /* LONG_BINGET */
    case 'c': return global_from_lines(machine);                                                             /* GLOBAL */
    case 0x93: return global_from_stack(machine);                                                            /* STACK_GLOBAL */
    case 'R':                                                                                                /* REDUCE */
    case 0x81: return call(machine);                                                                         /* NEWOBJ */
    case 'b': return set_state(machine);                                                                     /* BUILD */
    case 'Q': {                                                                                              /* BINPERSID */
      Value *id = pop(machine);
      return id && push(machine, sn_pickle_storage(pickle, id));
    }
    default:
      return sn_fail("%s: the pickle instruction 0x%02x at byte %lld is not allowed in weights",
                     pickle->reader->path, instruction, (long long)pickle->position - 1);
  }
}
/* clang-format on */

Value *sn_pickle_next(SnPickle *pickle) {
  Machine machine = {.pickle = pickle};
  Value *result = NULL;
  while (sn_ok() && !result) {
    uint8_t instruction = (uint8_t)sn_pickle_fetch_number(pickle, 1);
    if (!sn_ok()) break;
    if (!sn_budget_work(pickle->budget, 1)) break;
    if (instruction == '.')
      result = top(&machine);
    else
      step(&machine, instruction);
  }
  free(machine.stack);
  free(machine.memo);
  return result;
}
