#include <stdlib.h>

#include "api/detector.h"
#include "base/memory.h"

static SnWorkspace *find(SnDetector *detector) {
  SnWorkspace *workspace = detector->workspaces;
  while (workspace && !pthread_equal(workspace->thread, pthread_self())) workspace = workspace->next;
  return workspace;
}

static SnWorkspace *make(SnDetector *detector) {
  int64_t pixels = sn_size_pixels(detector->model->settings.view.crop);
  SnWorkspace *workspace = sn_allocate(1, sizeof *workspace, "the working memory of a thread");
  if (!workspace) return NULL;
  *workspace = (SnWorkspace){.next = detector->workspaces, .thread = pthread_self()};
  workspace->input = sn_allocate(3 * pixels * detector->batch, sizeof(float), "the working memory of a thread");
  if (!workspace->input) {
    free(workspace);
    return NULL;
  }
  return detector->workspaces = workspace;
}

static bool reserve(SnWorkspace *workspace, int64_t maps, int64_t pixels) {
  int64_t count;
  if (maps <= workspace->capacity) return true;
  if (!sn_multiply(maps, pixels, &count)) return sn_fail_memory("anomaly maps", INT64_MAX);
  float *more = sn_allocate(count, sizeof *more, "anomaly maps");
  if (!more) return false;
  free(workspace->maps);
  workspace->maps = more;
  workspace->capacity = maps;
  return true;
}

SnWorkspace *sn_detector_workspace(SnDetector *detector, int64_t maps) {
  pthread_mutex_lock(&detector->workspaces_mutex);
  SnWorkspace *workspace = find(detector);
  if (!workspace) workspace = make(detector);
  pthread_mutex_unlock(&detector->workspaces_mutex);
  return workspace && reserve(workspace, maps, sn_size_pixels(detector->model->settings.view.crop)) ? workspace : NULL;
}

void sn_workspaces_free(SnWorkspace *workspaces) {
  for (SnWorkspace *next; workspaces; workspaces = next) {
    next = workspaces->next;
    free(workspaces->input);
    free(workspaces->maps);
    free(workspaces);
  }
}
