#include "report/page/page.h"

#include <string.h>

#include "base/error.h"
#include "report/draw/jpeg.h"
#include "report/draw/png.h"
#include "report/plot/plot.h"

enum { JPEG_QUALITY = 88 };

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fcfcfa;--ink:#1f2328;--soft:#5c636b;--rule:#dfe2e6;--card:#fff;"
    "--link:#2a6fdb;--bad:#cf4a17;--fine:#12815d;--alarm:#c0262d}"
    "@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e8eb;--soft:#a2abb5;--rule:#343a42;"
    "--card:#1c2026;--link:#6ea8ff;--bad:#ff8a5c;--fine:#4fd1a5;--alarm:#ff7b7b}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:32px 20px 48px;max-width:1160px;background:var(--paper);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}"
    "h2{font-size:1.25rem;margin:40px 0 12px;padding-top:16px;border-top:1px solid var(--rule)}"
    "p{max-width:72ch;margin:8px 0 16px}a{color:var(--link)}"
    ".subtitle{color:var(--soft);margin:0 0 20px}"
    ".scroll{overflow-x:auto;margin:12px 0}"
    "table{border-collapse:collapse;overflow-wrap:normal;font-size:.92rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:6px 14px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left;padding-left:0}"
    "thead th{color:var(--soft);font-weight:600;border-bottom-width:2px;white-space:normal}tbody th{font-weight:500}"
    ".numbers{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0;padding:0}"
    ".numbers div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:10px 18px;"
    "min-width:136px}"
    ".numbers dt{color:var(--soft);font-size:.82rem}.numbers dd{margin:0;font-size:1.5rem;font-weight:600;"
    "font-variant-numeric:tabular-nums}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px;margin:16px 0}"
    ".grid>.plot{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:8px}"
    "figure{margin:0}figure img{display:block;max-width:100%;height:auto;border-radius:6px}"
    "figcaption{color:var(--soft);font-size:.86rem;margin-top:4px}"
    ".gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(100px,1fr));gap:14px 10px;margin:16px 0}"
    ".gallery img{width:100%}.gallery figcaption{line-height:1.3;font-size:.78rem;overflow-wrap:anywhere}"
    ".gallery b{font-weight:500;color:var(--ink)}.gallery em{color:var(--alarm);font-style:normal;font-weight:600}"
    ".gallery .bad img{border-bottom:3px solid var(--bad)}.gallery .fine img{border-bottom:3px solid var(--fine)}"
    ".gallery .wrong img{outline:2px solid var(--alarm);outline-offset:2px}"
    ".gallery .divider{grid-column:1/-1;max-width:none;margin:2px 0;display:flex;align-items:center;gap:12px;"
    "color:var(--soft);font-size:.84rem}"
    ".divider::before,.divider::after{content:'';flex:1;border-top:2px dashed var(--rule)}"
    ".legend{color:var(--soft);font-size:.84rem;display:flex;flex-wrap:wrap;align-items:center;gap:4px 18px;"
    "max-width:none}.legend img{display:inline-block;width:128px;height:10px;margin:0 6px;border-radius:3px}"
    ".key::before{content:'';display:inline-block;width:12px;height:12px;margin-right:6px;vertical-align:-1px;"
    "border-radius:3px;border:2px solid;background:#555}.truth::before{border-color:#39ff78}"
    ".found::before{border-color:#fff;outline:1px solid var(--rule)}"
    ".steps{max-width:76ch;padding-left:1.3em}.steps li{margin:6px 0}"
    ".option{white-space:nowrap}"
    "footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--rule);color:var(--soft);font-size:.84rem}"
    "@media(max-width:560px){body{padding:24px 14px 40px}th,td{padding:6px 2px;white-space:normal}"
    "table{font-size:.72rem}}"
    "@media print{body{padding:0}h2{break-after:avoid}figure,.plot,tr{break-inside:avoid}}";

bool sn_page_begin(SnMarkup *page, const char *title, const char *subtitle) {
  sn_markup(page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  sn_markup_text(page, title);
  sn_markup(page, "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>%s\n", style);
  sn_plot_style(page);
  sn_markup(page, "</style>\n</head>\n<body>\n<h1>");
  sn_markup_text(page, title);
  sn_markup(page, "</h1>\n");
  if (!subtitle) return sn_ok();
  sn_markup(page, "<p class=\"subtitle\">");
  sn_markup_text(page, subtitle);
  return sn_markup(page, "</p>\n");
}

static bool element(SnMarkup *page, const char *name, const char *text) {
  sn_markup(page, "<%s>", name);
  sn_markup_text(page, text);
  return sn_markup(page, "</%s>\n", name);
}

bool sn_page_heading(SnMarkup *page, const char *heading) { return element(page, "h2", heading); }

bool sn_page_paragraph(SnMarkup *page, const char *text) { return element(page, "p", text); }

static void append_row(SnMarkup *page, const char *const *cells, int64_t columns, bool head) {
  sn_markup(page, "<tr>");
  for (int64_t column = 0; column < columns; column++) {
    sn_markup(page, head ? "<th scope=\"col\">" : column == 0 ? "<th scope=\"row\">" : "<td>");
    sn_markup_text(page, cells[column]);
    sn_markup(page, head || column == 0 ? "</th>" : "</td>");
  }
  sn_markup(page, "</tr>\n");
}

bool sn_page_table(SnMarkup *page, const char *const *cells, int64_t rows, int64_t columns) {
  sn_markup(page, "<div class=\"scroll\"><table>\n<thead>");
  for (int64_t row = 0; row < rows; row++) {
    append_row(page, cells + row * columns, columns, row == 0);
    if (row == 0) sn_markup(page, "</thead>\n<tbody>\n");
  }
  return sn_markup(page, "</tbody></table></div>\n");
}

bool sn_page_numbers(SnMarkup *page, const char *const *names, const char *const *values, int64_t count) {
  sn_markup(page, "<dl class=\"numbers\">\n");
  for (int64_t i = 0; i < count; i++) {
    sn_markup(page, "<div>");
    element(page, "dt", names[i]);
    element(page, "dd", values[i]);
    sn_markup(page, "</div>\n");
  }
  return sn_markup(page, "</dl>\n");
}

bool sn_page_grid_begin(SnMarkup *page) { return sn_markup(page, "<div class=\"grid\">\n"); }

bool sn_page_grid_end(SnMarkup *page) { return sn_markup(page, "</div>\n"); }

static bool end_figure(SnMarkup *page, const char *caption) {
  sn_markup(page, "\" alt=\"");
  sn_markup_text(page, caption);
  sn_markup(page, "\">");
  element(page, "figcaption", caption);
  return sn_markup(page, "</figure>\n");
}

bool sn_page_picture(SnMarkup *page, const SnPicture *picture, const char *caption) {
  SnBytes png;
  if (!sn_picture_encode(picture, &png)) return false;
  sn_markup(page, "<figure><img width=\"%lld\" height=\"%lld\" src=\"data:image/png;base64,", (long long)picture->width,
            (long long)picture->height);
  sn_markup_base64(page, png.data, png.size);
  sn_bytes_free(&png);
  return end_figure(page, caption);
}

/* A path as a URL: everything but letters, digits, "-._~" and "/" is percent-encoded, and "./" before it keeps a colon
 * or a leading slash from changing what it means. */
static void append_encoded(SnMarkup *page, const char *path) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  for (; *path; path++) sn_markup(page, strchr(plain, *path) ? "%c" : "%%%02X", (unsigned char)*path);
}

static void append_path(SnMarkup *page, const char *path) {
  sn_markup(page, "./");
  append_encoded(page, path);
}

bool sn_page_photograph(SnMarkup *page, const SnPicture *picture, const char *text) {
  SnBytes jpeg;
  if (!sn_picture_encode_jpeg(picture, JPEG_QUALITY, &jpeg)) return false;
  sn_markup(page, "<img width=\"%lld\" height=\"%lld\" src=\"data:image/jpeg;base64,", (long long)picture->width,
            (long long)picture->height);
  sn_markup_base64(page, jpeg.data, jpeg.size);
  sn_bytes_free(&jpeg);
  sn_markup(page, "\" alt=\"");
  sn_markup_text(page, text);
  return sn_markup(page, "\">");
}

bool sn_page_link_begin(SnMarkup *page, const char *folder, const char *file) {
  sn_markup(page, "<a href=\"");
  append_path(page, folder);
  sn_markup(page, "/");
  append_encoded(page, file);
  return sn_markup(page, "\">");
}

bool sn_page_picture_file(SnMarkup *page, const char *path, const char *caption) {
  sn_markup(page, "<figure><img loading=\"lazy\" src=\"");
  append_path(page, path);
  return end_figure(page, caption);
}

bool sn_page_end(SnMarkup *page, const char *note) {
  sn_markup(page, "<footer>");
  sn_markup_text(page, note);
  return sn_markup(page, "</footer>\n</body>\n</html>\n");
}
