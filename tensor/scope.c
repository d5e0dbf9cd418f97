#include "tensor/scope.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Comes before every piece of memory that a scope owns. */
typedef struct Block {
  struct Block *previous, *next;
  void (*release)(void *memory);
  _Alignas(max_align_t) unsigned char memory[];
} Block;

struct SnScope {
  Block *last;
  SnScope *around; /* the scope that was innermost when this one was entered */
  bool entered;
};

static _Thread_local SnScope *innermost;
static _Thread_local int depth;

SnScope *sn_scope_new(void) { return sn_allocate(1, sizeof(SnScope), "a scope"); }

void sn_scope_free(SnScope *scope) {
  if (!scope) return;
  while (scope->last) { /* in reverse order of making, so that what was built on others goes first */
    Block *block = scope->last;
    scope->last = block->previous;
    if (block->release) block->release(block->memory);
    free(block);
  }
  free(scope);
}

bool sn_scope_enter(SnScope *scope) {
  if (!scope) return false;
  if (scope->entered) return sn_fail("a scope cannot be entered twice at a time");
  scope->around = innermost;
  scope->entered = true;
  innermost = scope;
  depth++;
  return true;
}

bool sn_scope_leave(SnScope *scope) {
  if (!scope) return false;
  if (scope != innermost) return sn_fail("only the innermost scope can be left");
  innermost = scope->around;
  scope->entered = false;
  depth--;
  return true;
}

SnScope *sn_scope_open(void) {
  SnScope *scope = sn_scope_new();
  sn_scope_enter(scope);
  return scope;
}

void sn_scope_close(SnScope *scope) {
  if (scope && (!scope->entered || sn_scope_leave(scope))) sn_scope_free(scope);
}

void sn_scope_suspend(SnScope *scope) { sn_scope_leave(scope); }

int sn_scope_depth(void) { return depth; }

static void link_block(SnScope *scope, Block *block) {
  block->previous = scope->last;
  block->next = NULL;
  if (scope->last) scope->last->next = block;
  scope->last = block;
}

void *sn_scope_allocate(int64_t count, size_t size, void (*release)(void *memory)) {
  if (!sn_ok()) return NULL;
  if (!innermost) return sn_fail_null("no scope is open");
  int64_t bytes;
  if (!sn_multiply(count, (int64_t)size, &bytes) || bytes > INT64_MAX - (int64_t)sizeof(Block))
    return sn_fail_null("an allocation of %lld items of %zu bytes is too large", (long long)count, size);
  Block *block = sn_allocate((int64_t)sizeof(Block) + bytes, 1, "a scope's memory");
  if (!block) return NULL;
  block->release = release;
  link_block(innermost, block);
  return block->memory;
}

char *sn_scope_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = sn_scope_allocate((int64_t)size, 1, NULL);
  return copy ? memcpy(copy, text, size) : NULL;
}

void sn_scope_keep(void *memory) {
  if (!memory || !innermost) return;
  if (!innermost->around) {
    sn_fail("nothing can be kept: there is no scope around the innermost one");
    return;
  }
  Block *block = (Block *)((unsigned char *)memory - offsetof(Block, memory));
  if (block->previous) block->previous->next = block->next;
  if (block->next) block->next->previous = block->previous;
  if (innermost->last == block) innermost->last = block->previous;
  link_block(innermost->around, block);
}
