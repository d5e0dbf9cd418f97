#include "metrics/connected_components.h"

#include <stdbool.h>

/* While components grow, labels is a forest: 1 + the index of the parent pixel, which is never a later one. */
static uint32_t find_root(uint32_t *labels, uint32_t node) {
  while (labels[node - 1] != node) {
    labels[node - 1] = labels[labels[node - 1] - 1];
    node = labels[node - 1];
  }
  return node;
}

static void join(uint32_t *labels, uint32_t a, uint32_t b) {
  a = find_root(labels, a);
  b = find_root(labels, b);
  if (a < b)
    labels[b - 1] = a;
  else
    labels[a - 1] = b;
}

uint32_t sn_connected_components(const uint8_t *mask, int64_t height, int64_t width, uint32_t *labels) {
  for (int64_t y = 0; y < height; y++) {
    for (int64_t x = 0; x < width; x++) {
      int64_t i = y * width + x, above = i - width;
      uint32_t node = (uint32_t)(i + 1);
      labels[i] = mask[i] ? node : 0;
      if (!mask[i]) continue;
      bool left = x > 0, right = x + 1 < width, up = y > 0;
      if (left && mask[i - 1]) join(labels, node, node - 1);
      if (up && left && mask[above - 1]) join(labels, node, (uint32_t)above);
      if (up && mask[above]) join(labels, node, (uint32_t)(above + 1));
      if (up && right && mask[above + 1]) join(labels, node, (uint32_t)(above + 2));
    }
  }
  /* In row-major order a parent already has its number when its child is reached. */
  uint32_t count = 0;
  for (int64_t i = 0; i < height * width; i++)
    if (labels[i]) labels[i] = labels[i] == (uint32_t)(i + 1) ? ++count : labels[labels[i] - 1];
  return count;
}
