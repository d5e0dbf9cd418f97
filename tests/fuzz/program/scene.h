/* What is run on what: a folder of damaged inputs, and a command line. */
#ifndef SN_TESTS_FUZZ_PROGRAM_SCENE_H
#define SN_TESTS_FUZZ_PROGRAM_SCENE_H

#include "base/file.h"
#include "tests/fuzz/program/chance.h"

/* Made once: small data sets, photographs, a model and weights files, none of them damaged, and the options that each
 * command's help names. */
typedef struct Materials {
  const char *program; /* an absolute path */
  char *folder;        /* with mvtec, visa, photos, weights, model.safetensors and detector.safetensors */
} Materials;

Materials materials_make(const char *program, const char *fixture);
void materials_free(Materials *materials);

typedef enum Again {
  ONCE,
  SAME_AGAIN,  /* the same command a second time, which gives the same table */
  SPOILT_AGAIN /* the same command on its own damaged results */
} Again;

typedef struct Scene {
  const Materials *materials;
  Chance chance;
  char *work;        /* the folder of everything that the run may see */
  char *in;          /* work/in: the inputs; where the program runs */
  char *out;         /* below work: what the run may write; NULL: nothing */
  SnNames arguments; /* the program's name first */
  const char *command;
  Again again;
} Scene;

/* Lays out the work folder, which must not exist, for a run that depends on the seed alone. */
Scene scene_make(const Materials *materials, const char *work, uint64_t seed);
void scene_free(Scene *scene);

#endif
