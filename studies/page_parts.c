#include "studies/page_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/version.h"
#include "datasets/image.h"
#include "models/backbones/embedded.h"
#include "report/page/page.h"

static const size_t JPEG_LIMIT = (size_t)64 << 20;

/* Appends to an owned text, separated by ", " where it is not empty. */
static void join(char **text, const char *part) {
  char *longer = *text ? sn_format("%s%s%s", *text, **text ? ", " : "", part) : NULL;
  free(*text);
  *text = longer;
}

char *sn_study_summary(const SnStudy *study) {
  const SnSettings *settings = &study->variants[0].settings;
  bool same = sn_variant_has_backbone(&study->variants[0]);
  for (int64_t v = 1; v < study->variant_count; v++)
    same = same && strcmp(settings->features.backbone, study->variants[v].settings.features.backbone) == 0;
  char *text = sn_copy_text(""), *epochs = NULL, *size = NULL;
  if (settings->method->groups & SN_GROUP_TRAINING)
    epochs = sn_format("%lld epoch%s", (long long)settings->training.epochs, settings->training.epochs == 1 ? "" : "s");
  size = sn_format("%lld x %lld pixels", (long long)settings->view.crop.height, (long long)settings->view.crop.width);
  if (same) join(&text, settings->features.backbone);
  if (epochs) join(&text, epochs);
  if (size) join(&text, size);
  free(epochs);
  free(size);
  return text;
}

char *sn_study_subtitle(const SnStudy *study) {
  char *summary = sn_study_summary(study), *seeds = sn_copy_text(""), *names = sn_copy_text("");
  for (int64_t s = 0; s < study->seed_count; s++) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)study->seeds[s]);
    join(&seeds, number);
  }
  for (int64_t c = 0; c < study->category_count; c++) join(&names, study->categories[c].name);
  char *text = sn_ok() ? sn_format("%s; seed%s %s; %s", summary, study->seed_count > 1 ? "s" : "", seeds, names) : NULL;
  free(summary);
  free(seeds);
  free(names);
  return text;
}

char *sn_study_note(const SnStudy *study) {
  return sn_format("simplenet " SN_VERSION ", %s; %d at a time with %d thread%s each; %.0f s in the last run of it.",
                   study->device, study->jobs, study->threads, study->threads == 1 ? "" : "s", study->seconds);
}

static bool differs(const SnStudy *study, const SnSetting *setting) {
  char first[SN_SETTING_TEXT], other[SN_SETTING_TEXT];
  sn_setting_print(setting, &study->variants[0].settings, first);
  for (int64_t v = 1; v < study->variant_count; v++) {
    sn_setting_print(setting, &study->variants[v].settings, other);
    if (strcmp(first, other) != 0) return true;
  }
  return false;
}

static bool append_settings(SnMarkup *page, const SnStudy *study) {
  char text[SN_SETTING_TEXT];
  sn_markup(page, "<p>");
  const SnSetting *setting;
  const char *separator = "";
  for (int i = 0; (setting = sn_setting_at(study->variants[0].settings.method, i)); i++) {
    if (setting->group == SN_GROUP_SEED) continue;
    sn_markup(page, "%s", separator);
    separator = " · ";
    sn_markup(page, "<span class=\"option\">%s <b>", setting->name);
    if (!differs(study, setting)) sn_setting_print(setting, &study->variants[0].settings, text);
    sn_markup_text(page, differs(study, setting) ? "varied" : text);
    sn_markup(page, "</b></span>");
  }
  return sn_markup(page, "</p>\n");
}

static void append_weights(SnMarkup *page, const SnStudy *study) {
  for (int64_t v = 0; v < study->variant_count; v++) {
    if (!sn_variant_has_backbone(&study->variants[v])) continue;
    if (v > 0 && strcmp(study->sha256[v], study->sha256[v - 1]) == 0) continue;
    char *text =
        sn_format("Weights of %s: %s, SHA-256 %s.", study->variants[v].settings.features.backbone,
                  study->variants[v].weights ? study->variants[v].weights : SN_EMBEDDED_SOURCE, study->sha256[v]);
    if (text) sn_page_paragraph(page, text);
    free(text);
  }
}

/* May be broken between words and inside values, but not inside an option. */
static void append_command(SnMarkup *page, const char *command) {
  sn_markup(page, "<p>Again: <code>");
  for (const char *word = command; *word && sn_ok();) {
    bool is_option = strncmp(word, "--", 2) == 0;
    size_t length = is_option ? strcspn(word, " =") : strcspn(word, " ");
    length += strspn(word + length, " =");
    char *text = sn_format("%.*s", (int)length, word);
    if (is_option) sn_markup(page, "<span class=\"option\">");
    sn_markup_text(page, text);
    if (is_option) sn_markup(page, "</span>");
    free(text);
    word += length;
  }
  sn_markup(page, "</code></p>\n");
}

bool sn_study_settings_section(SnMarkup *page, const SnStudy *study) {
  sn_page_heading(page, "What was run");
  append_settings(page, study);
  append_weights(page, study);
  append_command(page, study->command);
  return sn_ok();
}

bool sn_page_jpeg_file(SnMarkup *page, const char *path, const char *caption) {
  SnBytes bytes;
  int64_t width, height;
  if (!sn_is_file(path)) return sn_ok();
  if (!sn_image_read_size(path, NULL, &width, &height) || !sn_file_read(path, JPEG_LIMIT, &bytes)) return false;
  sn_markup(page, "<figure style=\"margin:16px 0\"><img width=\"%lld\" height=\"%lld\" src=\"data:image/jpeg;base64,",
            (long long)width, (long long)height);
  sn_markup_base64(page, bytes.data, bytes.size);
  sn_markup(page, "\" alt=\"");
  sn_markup_text(page, caption);
  sn_markup(page, "\"><figcaption>");
  sn_markup_text(page, caption);
  sn_bytes_free(&bytes);
  return sn_markup(page, "</figcaption></figure>\n");
}
