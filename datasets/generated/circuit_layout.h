/* Where everything lies on the circuit board, in board coordinates: the middle is (0, 0), and the board is 0.88 wide.
 */
#ifndef SN_DATASETS_GENERATED_CIRCUIT_LAYOUT_H
#define SN_DATASETS_GENERATED_CIRCUIT_LAYOUT_H

#include <stdbool.h>

typedef enum PartKind { RESISTOR, CAPACITOR, CAN, CRYSTAL, LED, CONNECTOR, CHIP } PartKind;

typedef struct Part {
  PartKind kind;
  float x, y, width, height; /* the body lies along x, or along y when upright */
  bool upright;
} Part;

enum { PART_COUNT = 16, SMALL_PARTS = 14, PINS = 4 }; /* small parts come first: those can be missing or misplaced */

static const Part parts[PART_COUNT] = {
    {RESISTOR, -0.29f, 0.315f, 0.098f, 0.058f, true},   {RESISTOR, -0.185f, 0.315f, 0.098f, 0.058f, true},
    {RESISTOR, -0.08f, 0.315f, 0.098f, 0.058f, true},   {RESISTOR, 0.025f, 0.315f, 0.098f, 0.058f, true},
    {RESISTOR, 0.13f, 0.315f, 0.098f, 0.058f, true},    {CAPACITOR, 0.29f, -0.19f, 0.105f, 0.064f, false},
    {CAPACITOR, 0.29f, -0.085f, 0.105f, 0.064f, false}, {CAPACITOR, 0.29f, 0.02f, 0.105f, 0.064f, false},
    {CAPACITOR, 0.29f, 0.125f, 0.105f, 0.064f, false},  {RESISTOR, -0.29f, 0.175f, 0.098f, 0.058f, false},
    {CAN, -0.30f, -0.18f, 0.14f, 0.14f, false},         {CAN, -0.30f, 0.02f, 0.14f, 0.14f, false},
    {CRYSTAL, 0.0f, 0.19f, 0.18f, 0.07f, false},        {LED, 0.29f, 0.28f, 0.075f, 0.075f, false},
    {CONNECTOR, 0.0f, -0.335f, 0.40f, 0.10f, false},    {CHIP, 0.02f, -0.06f, 0.17f, 0.27f, false},
};

/* Copper lines below the green lacquer, as corners of a path; a path ends where count is reached. */
typedef struct Trace {
  int count;
  float x[5], y[5];
} Trace;

static const Trace traces[] = {
    {4, {-0.10f, -0.17f, -0.21f, -0.30f}, {-0.16f, -0.16f, -0.18f, -0.18f}},
    {4, {-0.10f, -0.16f, -0.20f, -0.30f}, {-0.093f, -0.093f, -0.05f, -0.03f}},
    {4, {-0.10f, -0.18f, -0.22f, -0.30f}, {-0.026f, -0.026f, 0.01f, 0.01f}},
    {5, {-0.10f, -0.15f, -0.15f, -0.185f, -0.185f}, {0.041f, 0.06f, 0.18f, 0.23f, 0.28f}},
    {4, {0.14f, 0.18f, 0.21f, 0.27f}, {-0.16f, -0.17f, -0.19f, -0.19f}},
    {4, {0.14f, 0.20f, 0.21f, 0.27f}, {-0.093f, -0.09f, -0.085f, -0.085f}},
    {4, {0.14f, 0.18f, 0.22f, 0.27f}, {-0.026f, -0.02f, 0.02f, 0.02f}},
    {4, {0.14f, 0.16f, 0.20f, 0.27f}, {0.041f, 0.06f, 0.11f, 0.125f}},
    {3, {-0.07f, -0.08f, -0.08f}, {0.19f, 0.23f, 0.29f}},
    {3, {0.06f, 0.03f, 0.025f}, {0.19f, 0.24f, 0.29f}},
    {4, {0.13f, 0.13f, 0.18f, 0.18f}, {0.29f, 0.25f, 0.21f, 0.12f}},
    {5, {-0.15f, -0.15f, -0.20f, -0.20f, -0.24f}, {-0.30f, -0.24f, -0.22f, -0.21f, -0.20f}},
    {4, {0.03f, 0.03f, 0.05f, 0.05f}, {-0.30f, -0.25f, -0.23f, -0.20f}},
    {5, {0.15f, 0.15f, 0.20f, 0.20f, 0.27f}, {-0.30f, -0.27f, -0.25f, -0.22f, -0.19f}},
    {4, {0.29f, 0.375f, 0.375f, 0.31f}, {-0.19f, -0.14f, 0.22f, 0.28f}},
    {4, {-0.33f, -0.39f, -0.39f, -0.31f}, {0.175f, 0.20f, 0.30f, 0.36f}},
    {2, {-0.22f, 0.16f}, {0.40f, 0.40f}},
};

static const float vias[][2] = {{-0.20f, -0.21f}, {0.20f, -0.24f},  {-0.15f, 0.12f}, {-0.39f, 0.25f},
                                {0.18f, 0.12f},   {-0.06f, -0.21f}, {0.22f, 0.40f},  {0.375f, 0.05f}};

#endif
