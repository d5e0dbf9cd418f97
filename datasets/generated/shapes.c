#include "datasets/generated/shapes.h"

#include "datasets/generated/arithmetic.h"

SnPath sn_path_arc(SnDraws *draws, float x, float y, float length, float turns, float bend) {
  SnPath path = {.count = 12};
  bend = sn_draw(draws, -bend, bend);
  float step = length / (float)(path.count - 1), px = 0, py = 0, mean_x = 0, mean_y = 0;
  for (int i = 0; i < path.count; i++) {
    float t = (float)i / (float)(path.count - 1) - 0.5f;
    path.x[i] = px;
    path.y[i] = py;
    mean_x += px / (float)path.count;
    mean_y += py / (float)path.count;
    px += step * sn_cosine(turns + bend * t);
    py += step * sn_sine(turns + bend * t);
  }
  for (int i = 0; i < path.count; i++) {
    path.x[i] += x - mean_x;
    path.y[i] += y - mean_y;
  }
  return path;
}

SnPath sn_path_jagged(SnDraws *draws, float x, float y, float length, float turns, float jag) {
  SnPath path = {.count = SN_PATH_POINTS};
  float step = length / (float)(path.count - 1);
  float px = x - 0.5f * length * sn_cosine(turns), py = y - 0.5f * length * sn_sine(turns);
  for (int i = 0; i < path.count; i++) {
    path.x[i] = px;
    path.y[i] = py;
    float direction = turns + sn_draw(draws, -jag, jag), stride = step * sn_draw(draws, 0.5f, 1.5f);
    px += stride * sn_cosine(direction);
    py += stride * sn_sine(direction);
  }
  return path;
}

float sn_path_distance(const SnPath *path, float x, float y, float *along) {
  float best = 1e9f;
  *along = 0;
  for (int i = 0; i + 1 < path->count; i++) {
    float ax = path->x[i], ay = path->y[i], dx = path->x[i + 1] - ax, dy = path->y[i + 1] - ay;
    float t = sn_clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-12f), 0, 1);
    float ex = x - ax - t * dx, ey = y - ay - t * dy, square = ex * ex + ey * ey;
    if (square < best) {
      best = square;
      *along = ((float)i + t) / (float)(path->count - 1);
    }
  }
  return sqrtf(best);
}

void sn_pose_to_object(const SnPose *pose, float u, float v, float *x, float *y) {
  float dx = (u - pose->x) / pose->scale, dy = (v - pose->y) / pose->scale;
  *x = dx * pose->cosine + dy * pose->sine;
  *y = dy * pose->cosine - dx * pose->sine;
}

void sn_pose_to_image(const SnPose *pose, float x, float y, float *u, float *v) {
  *u = pose->x + (x * pose->cosine - y * pose->sine) * pose->scale;
  *v = pose->y + (x * pose->sine + y * pose->cosine) * pose->scale;
}

float sn_box_distance(float x, float y, float width, float height, float round) {
  float dx = sn_absolute(x) - 0.5f * width + round, dy = sn_absolute(y) - 0.5f * height + round;
  return sn_length(sn_larger(dx, 0), sn_larger(dy, 0)) + sn_smaller(sn_larger(dx, dy), 0) - round;
}

SnBlob sn_blob(SnDraws *draws, float x, float y, float radius, float stretch, float uneven) {
  float own = sn_draw(draws, 1, stretch), turns = sn_draw(draws, 0, 1), offset = sn_draw(draws, 0, 30);
  return (SnBlob){x, y, radius, own, sn_cosine(turns), sn_sine(turns), uneven, offset};
}

float sn_blob_distance(const SnBlob *blob, const SnNoise *noise, float x, float y) {
  float dx = x - blob->x, dy = y - blob->y;
  float along = (dx * blob->cosine + dy * blob->sine) / blob->stretch, across = dy * blob->cosine - dx * blob->sine;
  float u = along / blob->radius, v = across / blob->radius;
  float edge = 1 + blob->uneven * sn_fractal_noise(noise, u * 1.3f + blob->offset, v * 1.3f, 3, 0.6f);
  return (sn_length(u, v) - edge) * blob->radius;
}

float sn_blob_reach(const SnBlob *blob) { return blob->radius * sn_larger(1, blob->stretch) * (1 + blob->uneven); }
