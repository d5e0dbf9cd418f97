"""Our methods beside anomalib's, trained and tested on one category, one after the other on an otherwise idle machine.

    ENVIRONMENT/bin/python bench/peers/methods.py METHOD... --data MVTEC --weights RESNET18 [--category bottle]

METHOD: padim, patchcore. ENVIRONMENT has anomalib and scikit-learn of PyPI. Both sides get the same photographs and the
same weights of ResNet-18, read the photographs themselves, train, and test; seconds (of the clock and of the processor)
and peak memory are those of the whole process. Ours also measures pixels and writes its model.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

BATCH = 8


# ---- anomalib, in a process of its own ----


def padim(ours):
    """With the channels that our model chose. The model, and what is to be called after the training images."""
    from anomalib.models.image.padim.torch_model import PadimModel

    model = PadimModel(backbone="resnet18", layers=["layer1", "layer2", "layer3"], pre_trained=False, n_features=100)
    model.idx = ours["channels"]
    return model, model.fit


def patchcore(_):
    """Its features are means of neighbourhoods, so ours are, too, in this comparison."""
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel

    model = PatchcoreModel(backbone="resnet18", layers=["layer2", "layer3"], pre_trained=False, num_neighbors=9)
    return model, lambda: model.subsample_embedding(0.1)


METHODS = {"padim": padim, "patchcore": patchcore}
OUR_OPTIONS = {"patchcore": ["--pooling", "mean"]}


def batches(files):
    import torch
    from PIL import Image
    from torchvision import transforms

    view = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    for i in range(0, len(files), BATCH):
        yield torch.stack([view(Image.open(file).convert("RGB")) for file in files[i : i + BATCH]])


def run_anomalib(options):
    import anomalib
    import torch
    from safetensors.torch import load_file
    from sklearn.metrics import roc_auc_score

    torch.set_num_threads(options.threads)
    folder = pathlib.Path(options.data) / options.category
    training, tests = sorted((folder / "train/good").glob("*.png")), sorted((folder / "test").glob("*/*.png"))
    model, fit = METHODS[options.anomalib](load_file(options.ours))
    weights = load_file(options.weights)
    extractor = model.feature_extractor.feature_extractor
    left = extractor.load_state_dict(weights, strict=False)
    if left.missing_keys and not all("num_batches_tracked" in key for key in left.missing_keys):
        raise SystemExit(f"the weights lack {left.missing_keys}")
    start = time.perf_counter()
    with torch.no_grad():
        model.train()
        extractor.eval()
        for images in batches(training):
            model(images)
        fit()
        trained = time.perf_counter()
        model.eval()
        scores = torch.cat([model(images).pred_score.reshape(-1) for images in batches(tests)])
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "version": f"anomalib {anomalib.__version__}, torch {torch.__version__}",
                "train_s": trained - start,
                "test_s": ended - trained,
                "image_auroc": roc_auc_score([file.parent.name != "good" for file in tests], scores.numpy()),
            }
        )
    )


# ---- both sides ----


def measured(command):
    """(output, {"seconds": ..., "processor_s": ..., "peak_mb": ...})"""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed: {output}")
    seconds = time.perf_counter() - start
    return output, {"seconds": seconds, "processor_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def ours(options, method, folder):
    command = [f"{options.build}/simplenet", "train", "--method", method, "--data", options.data, "--category",
               options.category, "--backbone", "resnet18", "--weights", options.weights, "--out", folder, "--threads",
               str(options.threads), *OUR_OPTIONS.get(method, [])]
    _, costs = measured(command)
    metrics = json.loads((pathlib.Path(folder) / options.category / "metrics.json").read_text())
    return {**costs, "image_auroc": metrics["image_auroc"]}


def anomalibs(options, method, folder):
    command = [sys.executable, __file__, "--anomalib", method, "--data", options.data, "--category", options.category,
               "--weights", options.weights, "--threads", str(options.threads), "--ours",
               f"{folder}/{options.category}/model.safetensors"]
    output, costs = measured(command)
    return {**costs, **json.loads(output.splitlines()[-1])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="*")
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--category", default="bottle")
    parser.add_argument("--build", default="build")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--anomalib", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.anomalib:
        return run_anomalib(options)
    for method in options.methods:
        with tempfile.TemporaryDirectory() as folder:
            results = {"ours": ours(options, method, folder), "anomalib": anomalibs(options, method, folder)}
        for name, result in results.items():
            print(f"{method:10} {name:9} {json.dumps(result)}", flush=True)


if __name__ == "__main__":
    main()
