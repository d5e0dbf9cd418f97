/* Pictures: what is written can be read, what is drawn lies where it should. */
#include "tests/support/test.h"

#include <math.h>
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/resample.h"
#include "report/draw/colormap.h"
#include "report/draw/contact_sheet.h"
#include "report/draw/font.h"
#include "report/draw/outline.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"
#include "report/draw/style.h"
#include "report/draw/text.h"
#include "report/draw/tile.h"
#include "report/markup.h"
#include "report/page/markdown.h"
#include "report/page/page.h"
#include "report/plot/plot.h"
#include "report/plot/ticks.h"

static SnColor pixel_at(const SnPicture *picture, int64_t x, int64_t y) {
  const uint8_t *pixel = picture->pixels + 3 * (y * picture->width + x);
  return (SnColor){pixel[0], pixel[1], pixel[2]};
}

static bool same_color(SnColor a, SnColor b) { return a.red == b.red && a.green == b.green && a.blue == b.blue; }

static SnPicture blank(int64_t width, int64_t height, SnColor color) {
  SnPicture picture;
  assert_true(sn_picture_create(width, height, color, &picture));
  return picture;
}

static void assert_error(const char *first, const char *second) {
  assert_false(sn_ok());
  if (!strstr(sn_error(), first) || !strstr(sn_error(), second)) fail_msg("unexpected error: %s", sn_error());
  sn_clear_error();
}

static void assert_decodes_to(const SnBytes *png, const SnPicture *picture) {
  size_t size;
  struct spng_ihdr header;
  spng_ctx *decoder = spng_ctx_new(0);
  assert_int_equal(spng_set_png_buffer(decoder, png->data, png->size), 0);
  assert_int_equal(spng_get_ihdr(decoder, &header), 0);
  assert_int_equal(header.width, picture->width);
  assert_int_equal(header.height, picture->height);
  assert_int_equal(header.color_type, SPNG_COLOR_TYPE_TRUECOLOR);
  assert_int_equal(spng_decoded_image_size(decoder, SPNG_FMT_RGB8, &size), 0);
  assert_int_equal(size, 3 * picture->width * picture->height);
  uint8_t *pixels = malloc(size);
  assert_non_null(pixels);
  assert_int_equal(spng_decode_image(decoder, pixels, size, SPNG_FMT_RGB8, 0), 0);
  assert_memory_equal(pixels, picture->pixels, size);
  free(pixels);
  spng_ctx_free(decoder);
}

static void test_png(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {{1, 1}, {3, 5}, {257, 64}, {640, 1}};
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    SnPicture picture = blank(sizes[s][0], sizes[s][1], SN_RGB(0x336699));
    uint32_t random = 1;
    for (int64_t i = 0; i < 3 * picture.width * picture.height; i++)
      if ((i / 40) % 2) picture.pixels[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    SnBytes png;
    assert_true(sn_picture_encode(&picture, &png));
    assert_decodes_to(&png, &picture);
    sn_bytes_free(&png);
    sn_picture_free(&picture);
  }
}

static void test_png_file(void **state) {
  (void)state;
  char folder[] = "/tmp/simplenet-report-XXXXXX";
  assert_non_null(mkdtemp(folder));
  SnPicture picture = blank(30, 20, SN_RGB(0xabcdef));
  char *path = sn_path_join(folder, "picture.png"), *missing = sn_path_join(folder, "absent/picture.png");
  SnBytes png;
  SnNames names;
  assert_true(sn_picture_write(&picture, path));
  assert_true(sn_file_read(path, 1 << 20, &png));
  assert_decodes_to(&png, &picture);
  sn_bytes_free(&png);

  assert_false(sn_picture_write(&picture, missing));
  assert_error("absent/picture.png", "cannot be written");
  assert_false(sn_picture_write(&picture, folder));
  assert_error(folder, "cannot be written");
  assert_true(sn_list_directory(folder, &names));
  assert_int_equal(names.count, 1);
  sn_names_free(&names);
  unlink(path);
  rmdir(folder);
  free(path);
  free(missing);
  sn_picture_free(&picture);
}

static void test_picture_limits(void **state) {
  (void)state;
  SnPicture picture;
  assert_false(sn_picture_create(0, 10, SN_RGB(0), &picture));
  assert_error("0 x 10", "expected");
  assert_false(sn_picture_create(10, INT64_C(1) << 40, SN_RGB(0), &picture));
  assert_error("picture", "expected");
  assert_null(picture.pixels);
}

static void test_drawing_is_clipped(void **state) {
  (void)state;
  SnPicture picture = blank(8, 6, SN_RGB(0xffffff)), other = blank(20, 20, SN_RGB(0x102030));
  SnFont font = {9.0, 1.3, {0, 0, 0}};
  sn_draw_rectangle(&picture, -3, -3, 5, 5, SN_RGB(0xff0000));
  assert_true(same_color(pixel_at(&picture, 1, 1), SN_RGB(0xff0000)));
  assert_true(same_color(pixel_at(&picture, 2, 1), SN_RGB(0xffffff)));
  sn_draw_rectangle(&picture, 7, 5, 100, 100, SN_RGB(0x00ff00));
  assert_true(same_color(pixel_at(&picture, 7, 5), SN_RGB(0x00ff00)));
  sn_draw_rounded(&picture, -5, -5, 40, 40, 6.0, SN_RGB(0x0000ff));
  sn_draw_text(&picture, -20.0, 3.0, font, "outside and inside");
  sn_draw_picture(&picture, -10, -10, &other);
  assert_true(same_color(pixel_at(&picture, 0, 0), SN_RGB(0x102030)));
  sn_picture_free(&picture);
  sn_picture_free(&other);
}

/* Ink of a text: the sum of darkness, and how far right it reaches. */
static int64_t ink(const char *text, double width, int64_t *right) {
  SnPicture picture = blank(400, 60, SN_RGB(0xffffff));
  SnFont font = {18.0, 2.0, {0, 0, 0}};
  int64_t sum = 0;
  if (width > 0.0)
    sn_draw_text_within(&picture, 10.0, 40.0, width, font, text);
  else
    sn_draw_text(&picture, 10.0, 40.0, font, text);
  *right = 0;
  for (int64_t i = 0; i < picture.width * picture.height; i++) {
    int64_t dark = 255 - picture.pixels[3 * i];
    sum += dark * (1 + i % picture.width + 1000 * (i / picture.width));
    if (dark && i % picture.width > *right) *right = i % picture.width;
  }
  sn_picture_free(&picture);
  return sum;
}

static void test_font_has_every_character(void **state) {
  (void)state;
  int64_t prints['~' + 1] = {0}, right;
  for (char c = '!'; c <= '~'; c++) {
    const char text[] = {c, '\0'};
    prints[(int)c] = ink(text, 0.0, &right);
    assert_true(prints[(int)c] > 0);
    for (char d = '!'; d < c; d++)
      if (prints[(int)d] == prints[(int)c]) fail_msg("%c and %c look the same", c, d);
    assert_true(right <= 10 + (int64_t)sn_text_width((SnFont){18.0, 2.0, {0, 0, 0}}, text) + 1);
  }
  assert_int_equal(ink(" ", 0.0, &right), 0);
  assert_true(ink("\xc3\xbc", 0.0, &right) == ink("\x7f", 0.0, &right)); /* one box for one character of two bytes */
}

static int digit_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'd' ? c - 'a' + 10 : -1; }

static void test_glyphs_are_well_formed(void **state) {
  (void)state;
  for (char c = ' '; c <= '~'; c++) {
    const char *text = sn_glyph(c);
    int width = digit_of(*text++);
    assert_in_range(width, 0, 9);
    while (*text) {
      assert_int_equal(*text++, ' ');
      if (*text == '@') text++;
      int points = 0;
      for (; *text && *text != ' '; points++) {
        assert_in_range(digit_of(text[0]), 0, width);
        assert_in_range(digit_of(text[1]), 0, SN_GLYPH_HEIGHT);
        text += 2;
        if (*text == '!') text++;
      }
      assert_in_range(points, 1, 16);
    }
  }
}

static void test_long_text_keeps_its_end(void **state) {
  (void)state;
  int64_t right, fitted = ink("a/long/path/that/is/cut/000.png", 150.0, &right);
  assert_true(fitted > 0 && right <= 160 && right > 140);
  assert_true(ink("000.png", 150.0, &right) == ink("000.png", 0.0, &right));
  assert_int_equal(ink("", 150.0, &right), 0);
}

static double linear(uint8_t channel) {
  double c = channel / 255.0;
  return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Oklab of a colour, by its definition from linear sRGB. */
static void oklab(SnColor color, double lab[3]) {
  double r = linear(color.red), g = linear(color.green), b = linear(color.blue);
  double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

static void test_colormap(void **state) {
  (void)state;
  SnColormap map;
  sn_colormap_make(&map);
  double first[3], before[3], here[3];
  oklab(map.colors[0], first);
  assert_true(first[0] < 0.15);
  for (int i = 16; i < SN_COLORMAP_SIZE; i += 16) {
    oklab(map.colors[i - 16], before);
    oklab(map.colors[i], here);
    assert_true(here[0] > before[0] + 0.03);
    double step = sqrt(pow(here[0] - before[0], 2) + pow(here[1] - before[1], 2) + pow(here[2] - before[2], 2));
    assert_true(step > 0.055 && step < 0.085);
  }
  for (int i = 1; i < SN_COLORMAP_SIZE; i++) { /* up to the rounding of dark colours to 8 bits */
    oklab(map.colors[i - 1], before);
    oklab(map.colors[i], here);
    assert_true(here[0] > before[0] - 0.002);
  }
  assert_true(here[0] > 0.93);
  SnColor low = map.colors[0], high = map.colors[SN_COLORMAP_SIZE - 1];
  assert_true(same_color(sn_colormap_color(&map, -5.0, -1.0, 1.0), low));
  assert_true(same_color(sn_colormap_color(&map, 5.0, -1.0, 1.0), high));
  assert_true(same_color(sn_colormap_color(&map, 0.2, 0.0, 1.0), map.colors[51]));
  assert_true(same_color(sn_colormap_color(&map, NAN, -1.0, 1.0), low));
  assert_true(same_color(sn_colormap_color(&map, 1.0, 1.0, 1.0), low));
  assert_true(same_color(sn_colormap_color(&map, INFINITY, -1.0, 1.0), high));
}

static void test_resample(void **state) {
  (void)state;
  const float from[] = {0, 4, 8, 12};
  float to[64], constant[35];
  assert_true(sn_resample(from, 2, 2, 1, to, 2, 2));
  assert_memory_equal(to, from, sizeof from);
  assert_true(sn_resample(from, 1, 4, 1, to, 1, 8));
  const float doubled[] = {0, 1, 3, 5, 7, 9, 11, 12}; /* align_corners=False */
  for (int i = 0; i < 8; i++) assert_true(fabsf(to[i] - doubled[i]) < 1e-5f);
  assert_true(sn_resample(from, 2, 1, 2, to, 1, 1)); /* two channels */
  assert_true(fabsf(to[0] - 4.0f) < 1e-5f && fabsf(to[1] - 8.0f) < 1e-5f);
  for (int i = 0; i < 35; i++) constant[i] = 2.5f;
  assert_true(sn_resample(constant, 5, 7, 1, to, 8, 3));
  for (int i = 0; i < 24; i++) assert_true(fabsf(to[i] - 2.5f) < 1e-5f);
}

static void test_outline(void **state) {
  (void)state;
  enum { SIDE = 40 };
  const SnColor paper = SN_RGB(0x808080), line = SN_RGB(0x39ff78);
  uint8_t inside[SIDE * SIDE] = {0};
  for (int y = 10; y < 30; y++)
    for (int x = 10; x < SIDE; x++) inside[y * SIDE + x] = 1; /* runs out at the right border */
  SnPicture picture = blank(SIDE + 10, SIDE + 10, paper);
  sn_draw_outline(&picture, 5, 5, inside, SIDE, SIDE, line);
  assert_true(same_color(pixel_at(&picture, 5 + 9, 5 + 20), line)); /* the two pixels along the border */
  assert_true(same_color(pixel_at(&picture, 5 + 10, 5 + 20), line));
  SnColor dark = pixel_at(&picture, 5 + 11, 5 + 20);
  assert_true(dark.red < 0x60 && dark.green < 0x60);
  assert_true(same_color(dark, pixel_at(&picture, 5 + 8, 5 + 20)));
  assert_true(same_color(pixel_at(&picture, 5 + 13, 5 + 20), paper));
  assert_true(same_color(pixel_at(&picture, 5 + 6, 5 + 20), paper));
  assert_true(same_color(pixel_at(&picture, 5 + SIDE - 1, 5 + 20), paper));
  assert_true(same_color(pixel_at(&picture, 5 + SIDE - 1, 5 + 10), line));
  sn_picture_free(&picture);
}

typedef struct Scene {
  uint8_t photograph[32 * 32 * 3], mask[16 * 16];
  float map[8 * 8];
  SnExhibit exhibit;
} Scene;

static void make_scene(Scene *scene) {
  memset(scene->photograph, 200, sizeof scene->photograph);
  memset(scene->mask, 0, sizeof scene->mask);
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 16; x++) scene->mask[y * 16 + x] = 255; /* the upper half */
  for (int i = 0; i < 64; i++) scene->map[i] = i < 32 ? 1.0f : 0.0f;
  scene->exhibit = (SnExhibit){
      "bottle/test/broken/000.png", "broken", 0.75, 32, 32, scene->photograph, 16, 16, scene->mask, 8, 8, scene->map};
}

static void test_tiles(void **state) {
  (void)state;
  Scene scene;
  make_scene(&scene);
  SnColormap colors;
  sn_colormap_make(&colors);
  SnScale scale = {0.0, 1.0, NAN};
  SnPicture picture = blank(64, 64, SN_RGB(0));
  assert_true(sn_draw_photograph(&picture, 0, 0, sn_square(64), &scene.exhibit));
  assert_true(same_color(pixel_at(&picture, 31, 60), SN_RGB(0xc8c8c8)));
  assert_true(sn_draw_ground_truth(&picture, 0, 0, sn_square(64), &scene.exhibit));
  assert_true(same_color(pixel_at(&picture, 31, 31), sn_truth_color));
  assert_true(same_color(pixel_at(&picture, 31, 10), SN_RGB(0xc8c8c8)));
  assert_true(sn_draw_heat_map(&picture, 0, 0, sn_square(64), &scene.exhibit, &scale, &colors));
  SnColor hot = pixel_at(&picture, 31, 5), cold = pixel_at(&picture, 31, 60);
  assert_true(same_color(hot, sn_mix(SN_RGB(0xc8c8c8), colors.colors[255], 0.72)));
  assert_true(same_color(cold, sn_mix(SN_RGB(0xc8c8c8), colors.colors[0], 0.72)));
  scale.threshold = 0.5;
  assert_true(sn_draw_heat_map(&picture, 0, 0, sn_square(64), &scene.exhibit, &scale, &colors));
  assert_true(same_color(pixel_at(&picture, 31, 31), SN_RGB(0xffffff)));
  sn_picture_free(&picture);
}

static void test_scale(void **state) {
  (void)state;
  const float values[] = {0.5f, NAN, -2.0f, INFINITY, 3.0f};
  SnScale scale = sn_scale_of(values, 5, 1.0);
  assert_true(scale.low == -2.0 && scale.high == 3.0 && scale.threshold == 1.0);
  assert_int_equal(sn_scale_decimals(&scale), 2);
  scale = (SnScale){0.0, 250.0, NAN};
  assert_int_equal(sn_scale_decimals(&scale), 0);
  scale = sn_scale_of(values, 0, NAN);
  assert_true(scale.low == 0.0 && scale.high == 0.0);
}

static void test_panel(void **state) {
  (void)state;
  Scene scene;
  make_scene(&scene);
  SnScale scale = {0.0, 1.0, 0.5};
  SnPicture known, unknown;
  assert_true(sn_panel(&scene.exhibit, &scale, 0.5, sn_square(96), &known));
  scene.exhibit.label = NULL;
  scene.exhibit.mask = NULL;
  assert_true(sn_panel(&scene.exhibit, &scale, NAN, sn_square(96), &unknown));
  assert_int_equal(known.height, unknown.height);
  assert_true(known.width > unknown.width + 96);
  sn_picture_free(&known);
  sn_picture_free(&unknown);

  static const SnScale odd[] = {{0.0, 0.0, 0.0}, {1.0, -1.0, NAN}, {-1e30, 1e30, 1e29}, {0.0, 1e-30, 2.0}};
  for (int i = 0; i < 4; i++) {
    assert_true(sn_panel(&scene.exhibit, &odd[i], 0.5, sn_square(64), &known));
    sn_picture_free(&known);
  }
  scale.high = NAN;
  assert_false(sn_panel(&scene.exhibit, &scale, 0.5, sn_square(64), &known));
  assert_error("scale", "finite");
  assert_null(known.pixels);
}

static void test_contact_sheet(void **state) {
  (void)state;
  Scene scene;
  make_scene(&scene);
  SnExhibit exhibits[] = {scene.exhibit, scene.exhibit, scene.exhibit};
  SnContactGroup groups[] = {{"bottle", exhibits, 3, {0.0, 1.0, 0.5}}, {"cable", exhibits, 1, {0.0, 2.0, NAN}}};
  SnPicture one, two;
  assert_true(sn_contact_sheet(groups, 1, sn_square(64), &one));
  assert_true(sn_contact_sheet(groups, 2, sn_square(64), &two));
  assert_int_equal(one.width, two.width);
  assert_true(two.height > one.height + 3 * 64);
  sn_picture_free(&one);
  sn_picture_free(&two);
  assert_false(sn_contact_sheet(groups, 0, sn_square(64), &one));
  assert_error("contact sheet", "none");
  assert_null(one.pixels);
}

static const char *const void_elements[] = {"meta", "link", "img", "!DOCTYPE"};

/* Every element is closed, in order; no attribute holds a raw < or >. */
static void assert_balanced(const char *text) {
  char open_names[32][16];
  int depth = 0;
  for (const char *tag = strchr(text, '<'); tag; tag = strchr(tag + 1, '<')) {
    const char *end = strchr(tag, '>');
    assert_non_null(end);
    char name[16] = "";
    bool closing = tag[1] == '/', alone = end[-1] == '/';
    sscanf(tag + 1 + closing, "%15[A-Za-z0-9!]", name);
    for (size_t i = 0; i < sizeof void_elements / sizeof void_elements[0]; i++)
      alone = alone || strcmp(name, void_elements[i]) == 0;
    if (closing) {
      assert_true(depth > 0);
      assert_string_equal(open_names[--depth], name);
    } else if (!alone) {
      assert_true(depth < 32);
      memcpy(open_names[depth++], name, sizeof name);
    }
  }
  assert_int_equal(depth, 0);
}

static void test_markup_escapes(void **state) {
  (void)state;
  SnMarkup markup = {0};
  sn_markup(&markup, "%s=", "a");
  sn_markup_text(&markup, "<b a=\"1\" c='2'>&\xc3\xbc\xe2\x82\xac\xf0\x9f\x99\x82\n");
  assert_string_equal(markup.text,
                      "a=&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\xc3\xbc\xe2\x82\xac\xf0\x9f\x99\x82\n");
  sn_markup_free(&markup);
  /* A stray continuation, a cut character, overlong forms, a surrogate, beyond Unicode, a control character. */
  static const char *const broken[] = {"\x80",         "\xc3",         "\xe2\x82",         "\xc0\xbc",
                                       "\xe0\x80\xbc", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x01",
                                       "\xff",         "\x7f"};
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    sn_markup_text(&markup, broken[i]);
    assert_memory_equal(markup.text, "\xEF\xBF\xBD", 3);
    for (const char *c = markup.text; *c; c++) assert_true((unsigned char)*c >= 0x80);
    sn_markup_free(&markup);
  }
  sn_markup_text(&markup, NULL);
  assert_true(markup.length == 0);
  assert_true(sn_ok());
}

static void test_markup_numbers(void **state) {
  (void)state;
  static const struct {
    double value;
    int decimals;
    const char *text;
  } cases[] = {{1.005, 1, "1.0"},  {-0.04, 1, "0.0"}, {-0.06, 1, "-0.1"}, {12345.678, 2, "12345.68"},
               {-7.0, 0, "-7"},    {NAN, 2, "-"},     {INFINITY, 2, "-"}, {1e300, 0, "-"},
               {0.999, 2, "1.00"}, {0.05, 3, "0.050"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SnMarkup markup = {0};
    sn_markup_number(&markup, cases[i].value, cases[i].decimals);
    assert_string_equal(markup.text, cases[i].text);
    sn_markup_free(&markup);
  }
}

static void test_markup_base64(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"\xff\xfe\xfd", "//79"}}; /* RFC 4648 */
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    SnMarkup markup = {0};
    sn_markup_base64(&markup, (const uint8_t *)pairs[i][0], strlen(pairs[i][0]));
    assert_string_equal(markup.text, pairs[i][1]);
    sn_markup_free(&markup);
  }
}

static void test_ticks(void **state) {
  (void)state;
  assert_true(fabs(sn_tick_step(1.0, 5.0) - 0.2) < 1e-12);
  assert_true(fabs(sn_tick_step(2.3, 5.0) - 0.5) < 1e-12);
  assert_true(fabs(sn_tick_step(7000.0, 5.0) - 1000.0) < 1e-9);
  assert_int_equal(sn_tick_decimals(0.2), 1);
  assert_int_equal(sn_tick_decimals(0.05), 2);
  assert_int_equal(sn_tick_decimals(20.0), 0);
  assert_int_equal(sn_tick_decimals(1e-30), 9);
  char text[SN_TICK_LENGTH];
  sn_tick_text(1.5e6, 5e5, text);
  assert_string_equal(text, "1.5M");
  sn_tick_text(0.0, 5e5, text);
  assert_string_equal(text, "0.0");
  sn_tick_text(-0.4, 0.2, text);
  assert_string_equal(text, "-0.4");
}

static int64_t count_of(const char *text, const char *part) {
  int64_t count = 0;
  for (const char *found = text; (found = strstr(found, part)); found++) count++;
  return count;
}

static void test_plot(void **state) {
  (void)state;
  const double x[] = {0, 1, 2, 3, 4}, y[] = {1, 2, NAN, 2, INFINITY}, low[] = {0, 1, NAN, 1, 1},
               high[] = {2, 3, 3, 4, 5};
  const char *const labels[] = {"a<b", NULL, NULL, "d", NULL};
  const SnSeries series[] = {{"line & band", SN_SERIES_LINE, 0, true, x, y, low, high, NULL, 5},
                             {"points", SN_SERIES_POINTS, 9, false, x, y, NULL, NULL, labels, 5}};
  SnPlot plot = {"<title>",    {"epoch", NAN, NAN, NULL, 0, true}, {"loss", NAN, NAN, NULL, 0, false}, series, 2,
                 {"here", 2.5}};
  SnMarkup markup = {0};
  assert_true(sn_plot(&markup, &plot));
  assert_balanced(markup.text);
  assert_non_null(strstr(markup.text, "&lt;title&gt;"));
  assert_non_null(strstr(markup.text, "line &amp; band"));
  assert_non_null(strstr(markup.text, "a&lt;b"));
  assert_int_equal(count_of(markup.text, "<circle"), 1 + 3);
  assert_int_equal(count_of(markup.text, "class=\"band"), 2);
  assert_int_equal(count_of(markup.text, "class=\"mark"), 1);
  assert_null(strstr(markup.text, "nan"));
  assert_null(strstr(markup.text, "inf"));
  sn_markup_free(&markup);

  const SnSeries two = {"two epochs", SN_SERIES_LINE, 0, false, y, x, NULL, NULL, NULL, 2};
  plot.series = &two;
  plot.series_count = 1;
  assert_true(sn_plot(&markup, &plot));
  assert_null(strstr(markup.text, ">1.2<"));
  sn_markup_free(&markup);

  plot.series_count = 0;
  plot.title = NULL;
  assert_true(sn_plot(&markup, &plot));
  assert_balanced(markup.text);
  assert_non_null(strstr(markup.text, "no data"));
  sn_markup_free(&markup);

  const double far[] = {-1e308, 1e308, 5e-324};
  const SnSeries wild = {"wild", SN_SERIES_LINE, -3, false, far, far, NULL, NULL, NULL, 3};
  plot = (SnPlot){"wild", {"x", NAN, NAN, NULL, 0, false}, {"y", NAN, NAN, NULL, 0, false}, &wild, 1, {NULL, 0.0}};
  assert_true(sn_plot(&markup, &plot));
  assert_balanced(markup.text);
  sn_markup_free(&markup);
}

static void test_histogram(void **state) {
  (void)state;
  const float good[] = {0.0f, 0.1f, 0.9f, NAN}, defective[] = {3.9f, 4.0f};
  const SnHistogramGroup groups[] = {{"good", SN_COLOR_GOOD, good, 4}, {"defective", SN_COLOR_DEFECTIVE, defective, 2}};
  const SnPlot plot = {"scores",   {"score", NAN, NAN, NULL, 0, false}, {"images", 0.0, 3.0, NULL, 0, false}, NULL, 0,
                       {NULL, 0.0}};
  SnMarkup markup = {0};
  assert_true(sn_histogram(&markup, &plot, groups, 2, 4));
  assert_balanced(markup.text);
  assert_int_equal(count_of(markup.text, "class=\"bar"), 2 + 2); /* key and bars */
  /* Three of three: the first bar of the good reaches the top, and the y axis ends at 3. */
  assert_non_null(strstr(markup.text, ">3.0<"));
  sn_markup_free(&markup);
  assert_true(sn_histogram(&markup, &plot, groups, 0, 4));
  sn_markup_free(&markup);
  assert_false(sn_histogram(&markup, &plot, groups, 2, 1000));
  assert_error("histogram", "1000");
  sn_markup_free(&markup);
}

static void test_page(void **state) {
  (void)state;
  const char *const cells[] = {"category", "AUROC", "<b>bottle</b>", NULL}, *const names[] = {"AU-PRO"},
                    *const values[] = {"0.93"};
  SnPicture picture = blank(4, 3, SN_RGB(0x123456));
  SnMarkup page = {0};
  sn_page_begin(&page, "a & b", NULL);
  sn_page_heading(&page, "<script>alert(1)</script>");
  sn_page_paragraph(&page, "text");
  sn_page_numbers(&page, names, values, 1);
  sn_page_table(&page, cells, 2, 2);
  sn_page_grid_begin(&page);
  sn_page_picture(&page, &picture, "caption \"quoted\"");
  sn_page_picture_file(&page, "javascript:x/broken large\"/000.png", "file");
  sn_page_grid_end(&page);
  assert_true(sn_page_end(&page, "note"));
  assert_balanced(page.text);
  assert_null(strstr(page.text, "<script"));
  assert_null(strstr(page.text, "<b>"));
  assert_null(strstr(page.text, "http")); /* nothing is loaded from elsewhere */
  assert_non_null(strstr(page.text, "src=\"./javascript%3Ax/broken%20large%22/000.png\""));
  assert_non_null(strstr(page.text, "src=\"data:image/png;base64,iVBORw0KGgo"));
  assert_false(sn_markup_write(&page, "/tmp/simplenet-absent-folder/page.html"));
  assert_error("page.html", "cannot be written");
  assert_null(page.text);
  sn_picture_free(&picture);
}

static void expect_markdown(const char *text, const char *expected) {
  char written[256] = "";
  FILE *stream = fmemopen(written, sizeof written, "w");
  sn_write_markdown_text(stream, text);
  fclose(stream);
  assert_string_equal(written, expected);
}

static void names_in_markdown_are_text(void **state) {
  (void)state;
  expect_markdown("metal_nut 2 (of 15), wide_resnet50_2", "metal_nut 2 (of 15), wide_resnet50_2");
  expect_markdown("a|b\n| forged |", "a\\|b\\\\n\\| forged \\|");
  expect_markdown("<script>`x`</script>", "\\<script\\>\\`x\\`\\</script\\>");
  expect_markdown("[a](http://b) www.c.d", "\\[a\\](http\\://b) www\\.c\\.d");
  expect_markdown("![i](x) *e* _e_ ~s~ &amp; \\", "\\!\\[i\\](x) \\*e\\* \\_e\\_ \\~s\\~ \\&amp; \\\\");
  expect_markdown("\033[1m\xff \xc3\xa4", "\\\\x1b\\[1m\\\\xff \xc3\xa4");
}

/* Whether a row of the labels beside a colour bar is not empty. */
static bool has_ink(const SnPicture *picture, int64_t row) {
  for (int64_t x = 24; x < picture->width; x++)
    if (abs(picture->pixels[3 * (row * picture->width + x)] - sn_paper_color.red) > 40) return true;
  return false;
}

/* Between two labels is room for most of a letter; the threshold's value and name are one label of two lines. */
static void labels_of_the_colour_bar_keep_apart(void **state) {
  (void)state;
  enum { MARGIN = 10, LINE = 11, TWO_LINES = 25, ROOM = 7 };
  static const double ends[][2] = {{0.0, 1.0}, {-0.83, 2.417}, {0.0123, 0.0457}};
  static const int64_t heights[] = {48, 96, 224};
  SnColormap colors;
  sn_colormap_make(&colors);
  for (int test = 0; test < 3 * 3 * 25; test++) {
    double low = ends[test % 3][0], high = ends[test % 3][1];
    int64_t height = heights[test / 3 % 3];
    SnScale scale = {low, high, low + (high - low) * (test / 9) / 24.0};
    SnPicture picture;
    assert_true(sn_picture_create(110, height + 2 * MARGIN, sn_paper_color, &picture));
    sn_draw_legend(&picture, 0, MARGIN, height, &scale, &colors);
    int64_t begin = -1, end = -ROOM, labels = 0, tall = 0; /* rows of the label at hand */
    for (int64_t y = 0; y < picture.height; y++) {
      if (!has_ink(&picture, y)) continue;
      if (y - end > 5) { /* more than between the threshold's lines */
        assert_true(y - end > ROOM);
        begin = y;
        labels++;
      }
      end = y;
      tall += end - begin == LINE;
      assert_true(end - begin < TWO_LINES);
    }
    assert_true(labels >= (height < 96 ? 1 : 2));
    assert_true(tall <= 1);
    sn_picture_free(&picture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_png),
      cmocka_unit_test(test_png_file),
      cmocka_unit_test(test_picture_limits),
      cmocka_unit_test(test_drawing_is_clipped),
      cmocka_unit_test(test_font_has_every_character),
      cmocka_unit_test(test_glyphs_are_well_formed),
      cmocka_unit_test(test_long_text_keeps_its_end),
      cmocka_unit_test(test_colormap),
      cmocka_unit_test(test_resample),
      cmocka_unit_test(test_outline),
      cmocka_unit_test(test_tiles),
      cmocka_unit_test(test_scale),
      cmocka_unit_test(test_panel),
      cmocka_unit_test(test_contact_sheet),
      cmocka_unit_test(test_markup_escapes),
      cmocka_unit_test(test_markup_numbers),
      cmocka_unit_test(test_markup_base64),
      cmocka_unit_test(test_ticks),
      cmocka_unit_test(test_plot),
      cmocka_unit_test(test_histogram),
      cmocka_unit_test(test_page),
      cmocka_unit_test(names_in_markdown_are_text),
      cmocka_unit_test(labels_of_the_colour_bar_keep_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
