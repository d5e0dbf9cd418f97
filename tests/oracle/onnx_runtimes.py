"""onnx_runtimes.py cases|settings [TEXT ...]|detector FILE.onnx DATA SCORES.csv   [--build build]

Models that we wrote as ONNX, checked by the onnx package (structure and every shape), and run in ONNX Runtime and
OpenVINO in float32 beside our own numbers. Ends with an error when a number is off.

cases      every case of every operation (tests/support/op_case_list.h) that can be part of a model
settings   detectors with random weights, one image and three: a network of each family, square and not, and other
           settings; or those whose settings hold one of the texts
detector   an exported detector on the photographs that SCORES.csv, which `simplenet train` or `eval` wrote, names in the
           folder DATA

Needs numpy, onnx, onnxruntime and openvino, and Pillow for a detector.
"""
import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx.shape_inference import infer_shapes

BACKBONES = [
    "embedded", "resnet18", "resnet50", "wide_resnet50_2", "vgg11", "vgg16_bn", "densenet121", "mobilenet_v2",
    "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_lite0", "regnet_y_400mf",
    "convnext_tiny", "vit_small_patch16_224", "dinov2_vits14"]
# The photographs' size, or - for the crop's, and settings.
SETTINGS = [
    *[f"- backbone={name} resize={size} crop={size}" for name in BACKBONES for size in ("112x112", "112x224")],
    "- preset=official backbone=resnet18",
    "- preset=official backbone=embedded dimension=200 crop=96x160 resize=96x160",
    "- backbone=embedded levels=1,2,3 dimension=100 pooling=adaptive",
    "- backbone=embedded levels=1,2,3 grid-level=3 upsampling=nearest image-score=map",
    "- backbone=embedded levels=3 patch=5 smoothing=0",
    "- backbone=embedded heads=3 adaptor-depth=2 adaptor-bias=yes discriminator-depth=3",
    "- backbone=embedded smoothing=40 discriminator-depth=1",
    "300x200 backbone=embedded",
    "480x640 backbone=embedded resize=128x320 crop=112x288",
    "1200x900 backbone=embedded resize=64 crop=64",
    "100x141 backbone=embedded resize=64 crop=96x64",
    "51x40 backbone=embedded fit=squash crop=64x96",
    "3000x4000 backbone=embedded resize=64 crop=64",
]


def sessions(path):
    """Each runtime as a name and a function from the input to the outputs by name."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = session.get_inputs()[0].name
    yield "onnxruntime", lambda x: dict(zip(names, session.run(names, {given: x})))
    # OpenVINO multiplies in bfloat16 where the processor can, unless it is told not to.
    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(x):
        results = compiled([x])
        return {name: results[name] for name in names}

    yield "openvino", run


def check(path):
    onnx.checker.check_model(path, full_check=True)
    inferred = infer_shapes(onnx.load(path), strict_mode=True, data_prop=True)
    shapeless = [v.name for v in inferred.graph.value_info if not v.type.tensor_type.HasField("shape")]
    if shapeless:
        raise SystemExit(f"{path}: no shape is inferred for {shapeless}")


def difference(ours, theirs, unit=None):
    """The largest one, in units of the largest of our numbers."""
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours.astype(np.float64) - theirs).max() / (unit or max(np.abs(ours).max(), 1e-30)))


def worst_of(worst, runtime, value):
    worst[runtime] = max(worst.get(runtime, 0.0), value)
    return value


def numbers(path):
    return np.fromfile(path, np.float32)


def run_cases(build, folder):
    worst, failures = {}, 0
    listed = subprocess.run([f"{build}/tests/tools/onnx_models", "cases", folder], check=True, stdout=subprocess.PIPE,
                            text=True).stdout.split()
    for name in listed:
        path = os.path.join(folder, name + ".onnx")
        check(path)
        graph = onnx.load(path).graph
        sizes = lambda value: [d.dim_value for d in value.type.tensor_type.shape.dim]
        x = numbers(path[:-5] + ".in").reshape(sizes(graph.input[0]))
        y = numbers(path[:-5] + ".out").reshape(sizes(graph.output[0]))
        for runtime, run in sessions(path):
            off = worst_of(worst, runtime, difference(y, np.asarray(run(x)["y"])))
            if not off < 1e-5:
                print(f"{name}: {runtime} is off by {off:.2g}")
                failures += 1
    print(f"{len(listed)} cases of operations: largest difference, of the largest number:",
          ", ".join(f"{runtime} {off:.2g}" for runtime, off in worst.items()))
    return failures


def run_settings(build, folder, texts):
    failures = 0
    path = os.path.join(folder, "model.onnx")
    for line in SETTINGS:
        if texts and not any(text in line for text in texts):
            continue
        subprocess.run([f"{build}/tests/tools/onnx_models", "detector", folder, *line.split()], check=True)
        check(path)
        sizes = [[d.dim_value for d in v.type.tensor_type.shape.dim][1:]
                 for graph in [onnx.load(path).graph] for v in (graph.input[0], graph.output[0])]
        images = np.fromfile(path[:-5] + ".in", np.uint8).reshape(3, *sizes[0])
        ours = numbers(path[:-5] + ".out")
        maps, scores = ours[:-3].reshape(3, *sizes[1]), ours[-3:]
        spread = np.ptp(maps)
        told = [f"maps vary by {spread:.2g}; of that"]
        for runtime, run in sessions(path):
            together, one = run(images), run(images[1:2])
            off = max(difference(maps, together["map"], spread), difference(scores, together["score"], spread),
                      difference(maps[1:2], one["map"], spread), difference(scores[1:2], one["score"], spread))
            told.append(f"{runtime} {off:.2g}")
            failures += not off < 1e-4
        print(f"{line}: {' '.join(told)}", flush=True)
    return failures


def documented_pixels():
    """The function of docs/onnx.md that reads a photograph."""
    source = re.search(r"```python\n(.*?)\nsession =", open("docs/onnx.md").read(), re.S)[1]
    names = {}
    exec(source, names)
    return names["pixels"]


def run_detector(path, data, table, batch=4):
    check(path)
    texts = {entry.key: entry.value for entry in onnx.load(path, load_external_data=False).metadata_props}
    rows = list(csv.DictReader(open(table)))
    ours = np.array([float(row["score"]) for row in rows])
    files = [os.path.join(data, row["image"]) for row in rows]
    pixels = documented_pixels()
    images = [pixels(file, texts) for file in files]
    failures = 0
    for runtime, run in sessions(path):
        parts = [run(np.stack(images[i:i + batch])) for i in range(0, len(images), batch)]
        scores = np.concatenate([part["score"] for part in parts])
        off = np.abs(scores - ours)
        line = f"{runtime}: {len(ours)} scores, largest {ours.max():.4g}: off by {off.max():.2g}, " \
               f"relative {(off / np.abs(ours)).max():.2g}"
        failures += not (off.max() < 1e-4 * max(1, np.abs(ours).max()))
        for name in ("normalised", "defective"):
            if name not in parts[0]:
                continue
            values = np.concatenate([part[name] for part in parts])
            if name == "defective":
                threshold = float(texts.get("calibration_threshold", texts.get("test_image_f1_threshold")))
                wrong = int((values != (ours >= threshold)).sum())
                line += f"; defective: {int(values.sum())}, {wrong} otherwise than by our score"
            elif name in rows[0]:
                line += f"; normalised: off by {np.abs(values - [float(row[name]) for row in rows]).max():.2g}"
        print(line)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cases", "settings", "detector"])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--build", default="build")
    words = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        if words.what == "cases":
            failures = run_cases(words.build, folder)
        elif words.what == "settings":
            failures = run_settings(words.build, folder, words.words)
        else:
            failures = run_detector(*words.words)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
