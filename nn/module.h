/* Modules: parameters and buffers under names, in a tree. The names are PyTorch's, so state dicts fit.
 *
 * A concrete module (SnLinear, SnConvolution …) has an SnModule as its first member, is made by its sn_…_new function
 * in the innermost scope, and goes with it.
 */
#ifndef SN_NN_MODULE_H
#define SN_NN_MODULE_H

#include "autograd/tape.h"
#include "tensor/state_dict.h"

/* A parameter or buffer of a module, and the next one. */
typedef struct SnParameter {
  const char *name;         /* in its module: "weight" */
  SnTensor *tensor;         /* its values */
  bool is_buffer;           /* part of the state, but not trained: running statistics */
  struct SnParameter *next; /* NULL: the last */
} SnParameter;

/* A node of the tree: what every module begins with. */
typedef struct SnModule {
  const char *name;                    /* in its parent; NULL at the root */
  bool training;                       /* batch statistics in BatchNorm; false at first */
  SnParameter *first_parameter;        /* NULL: it has none of its own */
  struct SnModule *first_child, *next; /* the next child of the same parent; NULL: none */
} SnModule;

/* Names are copied. NULL children and tensors (an error is pending, or an optional part is absent) are passed over. */
void sn_module_add(SnModule *parent, const char *name, SnModule *child);
void sn_module_add_parameter(SnModule *module, const char *name, SnTensor *tensor);
void sn_module_add_buffer(SnModule *module, const char *name, SnTensor *tensor);

/* Sets `training` in the whole tree. */
void sn_module_train(SnModule *module, bool training);

/* The trained parameters in the order of adding, depth first: writes at most `capacity` handles, returns how many there
 * are. parameters may be NULL when capacity is 0. */
int64_t sn_module_parameters(const SnModule *module, int64_t capacity, SnTensor **parameters);

/* Adds every parameter and buffer under "prefix" + its dotted name ("layer1.0.bn1.weight"); handles are shared. */
bool sn_module_state(const SnModule *module, const char *prefix, SnStateDict *dict);

/* What makes a tensor unfit as the parameter or buffer of that name: "holds NaN or infinity", or for a BatchNorm's
 * running_var "holds a negative variance". NULL when nothing does, or an error is pending. */
const char *sn_module_flaw(const char *name, const SnTensor *tensor);

/* Copies (and converts) the dictionary's tensors named "prefix…" into the module. Every parameter and buffer must be
 * there in its shape, and every tensor of that prefix must belong to the module, except "….num_batches_tracked" and
 * names that go on, after the prefix, with one of `ignored` (a list that ends with NULL; or NULL: none). One error
 * names the tensors that are missing, left over or of a wrong shape, or have a flaw (sn_module_flaw) as they are or
 * once they are converted, as far as a message is long; `source` (a path) begins it. On failure the module may be
 * partly overwritten. */
bool sn_module_load(SnModule *module, const SnStateDict *dict, const char *prefix, const char *const *ignored,
                    const char *source);

/* The same, but the module shares the dictionary's memory where dtype and device are its own, instead of copying. For
 * weights that are only read. */
bool sn_module_share(SnModule *module, const SnStateDict *dict, const char *prefix, const char *const *ignored,
                     const char *source);

/* Lets go of the memory of all parameters and buffers, which become empty tensors (sn_empty_out). */
void sn_module_empty_out(SnModule *module);

#endif
