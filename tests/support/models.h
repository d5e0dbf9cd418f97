/* Models for tests, and their eager forward. Every function fails the test when something goes wrong. */
#ifndef SN_TESTS_SUPPORT_MODELS_H
#define SN_TESTS_SUPPORT_MODELS_H

#include "anomaly/method.h"

/* Of a preset; NULL: the first. */
SnSettings test_settings(const SnMethod *method, const char *preset);

/* One of the settings by its text. */
void test_set(SnSettings *settings, const char *name, const char *text);

/* Writes the weights of a ResNet-18 as far as its third level, which are random but the same in every run. */
void test_write_resnet18(const char *path);

/* The paper's SimpleNet, or the released code's, with a small hidden layer. */
SnSettings test_simplenet_settings(const char *preset, int64_t hidden);

/* A model of the method with backbone and head by formula (formula.h), BatchNorm's statistics included; the numbers of
 * settings.features count. */
SnModel *test_model_by_formula(const SnSettings *settings, SnDtype dtype);

/* Features of these levels, in the innermost scope. */
SnFeatures *test_features(int count, SnTensor *const *levels);

/* Patch scores [N,h,w] in evaluation mode, one operation after the other: of features [N,h,w,C], and of images. */
SnTensor *test_patches(SnModel *model, SnTensor *features);
SnTensor *test_patches_of_images(SnModel *model, SnTensor *images);

/* Everything that a module holds, [numbers] float32 on the host, in the innermost scope. */
float *test_bits(const SnModule *module, int64_t *count);

#endif
