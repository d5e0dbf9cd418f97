/* Scopes own everything made inside them: tensor handles, modules, texts.
 *
 * No handle is freed by hand. What a function makes belongs to the innermost open scope of its thread and goes when
 * that scope is closed, unless it was kept for the scope around it:
 *
 *     SnScope *step = sn_scope_open();
 *     SnTensor *loss = sn_mean(sn_clamp(scores, 0, INFINITY), ...);      released with the scope
 *     double value = sn_item(loss);
 *     sn_scope_close(step);
 *
 * sn_scope_suspend lets what a scope owns be used while results for the scope around it are made. A scope may also
 * outlive the function that fills it: make it with sn_scope_new, enter and leave it as often as needed, and free it
 * with its owner.
 */
#ifndef SN_TENSOR_SCOPE_H
#define SN_TENSOR_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An owner of memory. */
typedef struct SnScope SnScope;

/* NULL and an error when memory is short. */
SnScope *sn_scope_new(void);
/* The scope must not be entered at the time. NULL is allowed. */
void sn_scope_free(SnScope *scope);

/* Make a scope this thread's innermost one, and go back to the one before. Leaving any other than the innermost is an
 * error. */
bool sn_scope_enter(SnScope *scope);
bool sn_scope_leave(SnScope *scope);

/* new + enter, leave + free. Closing works after an error too, and closing NULL does nothing. */
SnScope *sn_scope_open(void);
void sn_scope_close(SnScope *scope);

/* Leaves the innermost scope but keeps what it owns until it is closed: for what is needed while results for the scope
 * around it are made.
 *
 *     SnScope *file = sn_scope_open();
 *     SnStateDict *dict = sn_weights_read(path);
 *     sn_scope_suspend(file);
 *     Model *model = model_from(dict);             belongs to the scope around
 *     sn_scope_close(file);                        frees the file's tensors
 *
 * NULL is allowed, as sn_scope_open gives it on failure. */
void sn_scope_suspend(SnScope *scope);

/* How many scopes this thread has entered. */
int sn_scope_depth(void);

/* Zeroed memory that goes with the innermost scope. `release`, when given, is called on it before that. NULL and an
 * error when memory is short, no scope is open or an error is pending. */
void *sn_scope_allocate(int64_t count, size_t size, void (*release)(void *memory));
char *sn_scope_text(const char *text);

/* Moves what sn_scope_allocate gave (a tensor handle, say) from the innermost scope, which must own it, to the one
 * around it. */
void sn_scope_keep(void *memory);

#endif
