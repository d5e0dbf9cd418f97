#include "report/output_kinds.h"

#define BEGINS(what, bytes) \
  { what, bytes, sizeof bytes - 1, true, false }
#define HOLDS(what, bytes) \
  { what, bytes, sizeof bytes - 1, false, false }
#define IMAGE(what, bytes, is_first) \
  { what, bytes, sizeof bytes - 1, is_first, true }

#define PNG_BYTES "tEXtSoftware\0" SN_OUTPUT_MARK
/* Little-endian, the directory at byte 8, with 13 entries of which the first is a width of 32 bits. */
#define TIFF_BYTES "II*\0\x08\0\0\0\x0d\0\0\1\4\0\1\0\0\0"

/* The format's version, 8, and the program's name with the length of it. */
#define ONNX_BYTES "\x08\x08\x12\x09" SN_PROGRAM

const SnOutputKind sn_output_kinds[SN_OUTPUT_KINDS] = {
    [SN_OUTPUT_HEATMAP] = HOLDS("a heat map", PNG_BYTES),
    [SN_OUTPUT_NAMED_MAP] = BEGINS("an anomaly map", TIFF_BYTES),
    [SN_OUTPUT_PICTURE] = IMAGE("a picture", PNG_BYTES, false),
    [SN_OUTPUT_SHEET] = IMAGE("a picture", "\xff\xfe\0\x0b" SN_OUTPUT_MARK, false),
    [SN_OUTPUT_MAP] = IMAGE("an anomaly map", TIFF_BYTES, true),
    [SN_OUTPUT_PAGE] = HOLDS("a page", "<style>:root{color-scheme:light dark;--paper:"),
    [SN_OUTPUT_PLOT] = BEGINS("a plot", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "),
    [SN_OUTPUT_SCORES] = BEGINS("a table of scores", "image,score"),
    [SN_OUTPUT_TEST_SCORES] = BEGINS("a table of a test's scores", "image,label,score"),
    [SN_OUTPUT_TRAINING] = HOLDS("a table of epochs", ",seconds\n1,"),
    [SN_OUTPUT_TUNING] = BEGINS("a table of settings that were tried", "tried,image_auroc_1"),
    [SN_OUTPUT_METRICS] = BEGINS("the metrics of a test", "{\n\t\"category\":"),
    [SN_OUTPUT_SEEDS] = BEGINS("a table of seeds", "seed,image_auroc"),
    [SN_OUTPUT_SEEDS_NOTE] = BEGINS("a summary of seeds", "{\n\t\"seeds\":"),
    [SN_OUTPUT_MAPS_NOTE] = BEGINS("a note on maps", "{\n\t\"category\":"),
    [SN_OUTPUT_COST] = BEGINS("the cost of a trial", "{\"seconds\":"),
    [SN_OUTPUT_CHOICES] = BEGINS("algorithms that were measured", "{\n\t\"format\":\t\"simplenet.c plan "),
    [SN_OUTPUT_RUN] = BEGINS("the record of a study", "{\n\t\"study\":"),
    [SN_OUTPUT_TABLE1] = BEGINS("a table of categories", "category,train_images,test_images,seeds"),
    [SN_OUTPUT_TABLE1_TEXT] = HOLDS("a table of categories", " | last epoch: image | pixel |"),
    [SN_OUTPUT_TABLE5] = BEGINS("a table of classes", "normal class or method,image_auroc"),
    [SN_OUTPUT_VARIANTS] = BEGINS("a table of variants", "variant,seeds"),
    [SN_OUTPUT_TRIALS] = BEGINS("a table of trials", "variant,category,seed"),
    [SN_OUTPUT_SPREAD] = BEGINS("a table of features", "dimension,before,after"),
    [SN_OUTPUT_STEPS] = BEGINS("a table of a pretraining", "step,loss,accuracy,damage_loss"),
    [SN_OUTPUT_MODEL] = HOLDS("a model", "\"format\":\"simplenet.c model "),
    [SN_OUTPUT_DETECTOR] = HOLDS("a detector in one file", "\"format\":\"simplenet.c detector "),
    [SN_OUTPUT_ONNX] = BEGINS("a detector as an ONNX model", ONNX_BYTES),
    [SN_OUTPUT_CHECKPOINT] = HOLDS("a checkpoint", "\"format\":\"simplenet.c checkpoint "),
    [SN_OUTPUT_CONVERTED] = HOLDS("converted weights", "\"converted by\":\"simplenet\""),
    [SN_OUTPUT_FEATURES] = HOLDS("features of photographs", "\"made by\":\"simplenet features\""),
    [SN_OUTPUT_PRETRAINED] = HOLDS("a pretrained backbone", "\"made by\":\"simplenet pretrain\""),
};
