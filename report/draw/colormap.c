#include "report/draw/colormap.h"

#include <math.h>

enum { CURVE_POINTS = 2049 };

typedef struct Lab {
  double lightness, a, b;
} Lab;

typedef struct Linear {
  double red, green, blue;
} Linear;

/* Oklab to linear sRGB, the matrices of its definition. */
static Linear oklab_to_linear(Lab lab) {
  double l = lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b;
  double m = lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b;
  double s = lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b;
  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  return (Linear){4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                  -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                  -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

static uint8_t encode_channel(double linear) {
  double clipped = fmin(fmax(linear, 0.0), 1.0);
  double encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * pow(clipped, 1.0 / 2.4) - 0.055;
  return (uint8_t)(255.0 * encoded + 0.5);
}

/* The curve at t in [0, 1]: hue from violet over red to yellow, chroma a smooth hill that stays inside sRGB. */
static Lab curve(double t) {
  const double pi = 3.14159265358979323846;
  double lightness = 0.12 + 0.83 * t;
  double hue = (290.0 + 175.0 * t) * pi / 180.0;
  double chroma = 0.06 + 0.112 * sin(0.75 * pi * t);
  return (Lab){lightness, chroma * cos(hue), chroma * sin(hue)};
}

static double distance(Lab a, Lab b) {
  double dl = a.lightness - b.lightness, da = a.a - b.a, db = a.b - b.b;
  return sqrt(dl * dl + da * da + db * db);
}

void sn_colormap_make(SnColormap *map) {
  double length[CURVE_POINTS] = {0};
  Lab before = curve(0.0);
  for (int i = 1; i < CURVE_POINTS; i++) {
    Lab here = curve((double)i / (CURVE_POINTS - 1));
    length[i] = length[i - 1] + distance(before, here);
    before = here;
  }
  int i = 0;
  for (int entry = 0; entry < SN_COLORMAP_SIZE; entry++) {
    double wanted = length[CURVE_POINTS - 1] * entry / (SN_COLORMAP_SIZE - 1);
    while (i < CURVE_POINTS - 2 && length[i + 1] < wanted) i++;
    double share = (wanted - length[i]) / (length[i + 1] - length[i]);
    Linear c = oklab_to_linear(curve((i + fmin(share, 1.0)) / (CURVE_POINTS - 1)));
    map->colors[entry] = (SnColor){encode_channel(c.red), encode_channel(c.green), encode_channel(c.blue)};
  }
}

SnColor sn_colormap_color(const SnColormap *map, double value, double low, double high) {
  double share = (value - low) / (high - low);
  if (!(high > low) || !(share > 0.0)) return map->colors[0];
  return map->colors[(int)(fmin(share, 1.0) * (SN_COLORMAP_SIZE - 1) + 0.5)];
}
