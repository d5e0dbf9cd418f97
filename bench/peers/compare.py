"""Our program beside PyTorch, ONNX Runtime and OpenVINO: same network, same weights, same threads, interleaved.

Run by run.sh. Every contender is a process of its own that waits until it is told to run. First all must give the same
scores, max|a - b| / max|b| <= 1e-3 (bf16 and int8: 5e-2 and 0.5) with b those of eager PyTorch, on the threads they were given; then they take
turns, in another order each round, and medians are compared. Results: results/peers.json, and the tables of
docs/performance.md (table.py).
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import tensors
from process import Process

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = {"fp32": 1e-3, "bf16": 5e-2, "int8": 0.5}
PEERS = ["torch", "torch.compile", "onnxruntime", "openvino"]
LESS_PRECISE = {"bf16": ["torch bf16", "openvino bf16"], "int8": ["openvino int8"]}


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    flags = next((line.split(":")[1].split() for line in lines if line.startswith("flags")), [])
    return name, {"bf16": "avx512_bf16" in flags or "amx_bf16" in flags, "int8": "avx512_vnni" in flags or "avx_vnni" in flags}


def load():
    return round(os.getloadavg()[0], 2)


def start_ours(options, threads, precision="fp32"):
    ours = Process("ours" if precision == "fp32" else f"ours {precision}", [f"{options.build}/bench/peer_server"], threads)
    ours.ask("device", "cpu", precision)
    (used,) = ours.ask("threads", threads)
    if int(used) != threads:
        raise RuntimeError(f"ours: uses {used} threads where {threads} were asked for")
    return ours


def weights_for(options, network):
    path = pathlib.Path(options.weights) / f"{network}-imagenet-to-layer3.safetensors"
    return (str(path), "ImageNet's") if path.is_file() else ("-", "random")


# ---- inference ----


def interleave(contenders, rounds, runs):
    times = {contender.name: [] for contender in contenders}
    for round in range(rounds):
        for i in range(len(contenders)):
            contender = contenders[(i + round) % len(contenders)]
            times[contender.name] += contender.run(runs)
    return times


def check_scores(contenders, folder):
    scores = {}
    for contender in contenders:
        contender.ask("scores", folder / "scores")
        scores[contender.name] = tensors.read(folder / "scores")["scores"].reshape(-1)
    reference, differences = scores["torch"], {}
    for name, values in scores.items():
        difference = float(numpy.abs(values - reference).max() / numpy.abs(reference).max())
        differences[name] = difference
        if not difference <= TOLERANCE[name.split()[-1] if " " in name else "fp32"]:
            raise RuntimeError(f"{name}: scores differ from eager PyTorch's by {difference:.2g}")
    return differences


def compare_batch(options, contenders, network, threads, batch, folder):
    macs = None
    for contender in contenders:
        if contender.name.startswith("ours"):
            macs = int(contender.ask("prepare", batch)[0])
        else:
            contender.ask("prepare", network, folder / "network", batch, folder / "onnx")
    differences = check_scores(contenders, folder)
    before = load()
    times = interleave(contenders, options.rounds, options.runs)
    row = {"network": network, "batch": batch, "threads": threads, "macs": macs, "load": [before, load()],
           "runs": options.rounds * options.runs, "contenders": {}}
    for contender in contenders:
        parallel = contender.parallel()
        if parallel > threads + 0.3:
            raise RuntimeError(f"{contender.name}: kept {parallel:.1f} processors busy on {threads} threads")
        mine, busy = zip(*times[contender.name])
        row["contenders"][contender.name] = {
            "median_ms": statistics.median(mine) * 1e3, "best_ms": min(mine) * 1e3,
            "processor_ms": statistics.median(busy) * 1e3,
            "difference": differences[contender.name], "processors": parallel}
    return row


def ratio_of(row, key, names=PEERS, ours="ours"):
    """The best peer, and how many times its figure ours is."""
    peers = {name: row["contenders"][name][key] for name in names}
    best = min(peers, key=peers.get)
    return best, peers[best] / row["contenders"][ours][key]


def tell(row):
    row["best_peer"], row["ratio"] = ratio_of(row, "median_ms")
    row["ratio_of_best_runs"] = ratio_of(row, "best_ms")[1]
    if row["threads"] == 1:  # what other programs take does not count; with more threads, waiting ones count
        row["ratio_of_processor_time"] = ratio_of(row, "processor_ms")[1]
    contenders = row["contenders"]
    for precision, names in LESS_PRECISE.items():
        if f"ours {precision}" in contenders:
            row[f"ratio_{precision}_to_fp32"] = ratio_of(row, "median_ms", PEERS, f"ours {precision}")[1]
            row[f"ratio_{precision}"] = ratio_of(row, "median_ms", names, f"ours {precision}")[1]
    print(f"{row['network']} batch {row['batch']}, {row['threads']} threads: ours {contenders['ours']['median_ms']:.1f} "
          f"ms, best peer ({row['best_peer']}) {contenders[row['best_peer']]['median_ms']:.1f} ms, ratio "
          f"{row['ratio']:.2f}", flush=True)
    for name, c in contenders.items():
        print(f"    {name:14} median {c['median_ms']:8.1f} ms, best {c['best_ms']:8.1f}, processor "
              f"{c['processor_ms']:8.1f}; scores differ by {c['difference']:.1e}, {c['processors']:.2f} processors",
              flush=True)


def compare_inference(options, results, folder):
    precisions = [precision for precision in LESS_PRECISE if results.get(precision)]
    names = PEERS + [name for precision in precisions for name in LESS_PRECISE[precision]]
    for network in options.networks:
        weights, kind = weights_for(options, network)
        for threads in options.threads:
            contenders = [start_ours(options, threads, precision) for precision in ["fp32", *precisions]]
            for ours in contenders:
                ours.ask("network", network, weights)
            contenders[0].ask("export", folder / "network")
            for name in names:
                contenders.append(Process(name, [sys.executable, HERE / "worker.py", name, str(threads)], threads))
                results["versions"][name] = " ".join(contenders[-1].ask("version"))
            print(f"\n{network}, {kind} weights, {threads} threads, load {load()}: "
                  + ", ".join(results["versions"][name] for name in names), flush=True)
            for batch in options.batches:
                row = compare_batch(options, contenders, network, threads, batch, folder)
                row["weights"] = kind
                tell(row)
                keep(results["inference"], row, "network", "batch", "threads")
                save(options, results)
            for contender in contenders:
                contender.close()


# ---- training ----


def find_dataset(options, folder):
    if (pathlib.Path(options.data) / "bottle").is_dir():
        return pathlib.Path(options.data), "bottle", "MVTec AD's bottle"
    drawn = folder / "generated"
    subprocess.run([f"{options.build}/simplenet", "generate", drawn], check=True, stdout=subprocess.DEVNULL)
    categories = sorted(path.name for path in drawn.iterdir() if path.is_dir())
    return drawn, categories[0], f"the generated {categories[0]}"


def few_photographs(options, root, category, folder):
    """A data set of the first of its training photographs: an epoch of all of them would take minutes."""
    source = sorted((root / category / "train" / "good").iterdir())[: options.images]
    target = folder / "few" / "first" / "train" / "good"
    target.mkdir(parents=True, exist_ok=True)
    test = folder / "few" / "first" / "test" / "good"
    test.mkdir(parents=True, exist_ok=True)
    for file in source:
        shutil.copy(file, target)
    shutil.copy(source[0], test)
    return target, len(source)


def training_ratios(seconds):
    return {
        "ready_features": seconds["torch"] / seconds["ours"],
        "with_extraction": seconds["torch full"] / seconds["ours"],
        "features": seconds["torch features"] / seconds["ours features"],
        "first_epoch": (seconds["torch"] + seconds["torch features"]) / (seconds["ours"] + seconds["ours features"]),
    }


def compare_training(options, results, folder):
    root, category, title = find_dataset(options, folder)
    photographs, count = few_photographs(options, root, category, folder)
    for network in options.networks:
        for threads in options.threads:
            row = time_training(options, network, threads, photographs, folder, results["bf16"])
            row.update(data=title, photographs=count, steps=-(-count // 4))
            keep(results["training"], row, "network", "threads")
            save(options, results)
            tell_training(row)


def start_training(options, network, threads, precision, folder):
    ours = start_ours(options, threads, precision)
    ours.ask("network", network, weights_for(options, network)[0])
    ours.ask("export", folder / "network")
    ours.ask("dataset", folder / "few", "first")
    return ours


def time_training(options, network, threads, photographs, folder, bf16):
    ours = start_training(options, network, threads, "fp32", folder)
    ours_bf16 = start_training(options, network, threads, "bf16", folder) if bf16 else None
    peer = Process("torch", [sys.executable, HERE / "training.py", str(threads)], threads)
    peer.ask("dataset", photographs, network, folder / "network")
    times, before = {}, load()

    def ask(name, contender, command):
        times.setdefault(name, []).append(tuple(map(float, contender.ask(command))))

    for _ in range(options.extractions):
        ask("ours features", ours, "features")
        ask("torch features", peer, "features")
        ask("torch full", peer, "full_epoch")
    contenders = [("ours", ours, "epoch"), ("torch", peer, "epoch")]
    if bf16:
        ours_bf16.ask("features")
        contenders += [("ours bf16", ours_bf16, "epoch"), ("torch bf16", peer, "bf16_epoch")]
    for _, contender, command in contenders:
        contender.ask(command)
    for _ in range(options.epochs):
        for contender in contenders:
            ask(*contender)
    row = {"network": network, "threads": threads, "load": [before, load()], "epochs": options.epochs,
           "extractions": options.extractions}
    for name, which in (("seconds", 0), ("processor_seconds", 1)):
        row[name] = {key: statistics.median(pair[which] for pair in pairs) for key, pairs in times.items()}
    row["ratios"] = training_ratios(row["seconds"])
    if threads == 1:
        row["ratios_of_processor_time"] = training_ratios(row["processor_seconds"])
    for contender in [ours, peer] + [ours_bf16] * bf16:
        contender.close()
    return row


def tell_training(row):
    print(f"\ntraining, {row['network']}, {row['photographs']} photographs of {row['data']}, {row['threads']} threads")
    for name in ("seconds", "processor_seconds"):
        step = {key: 1e3 * value / row["steps"] for key, value in row[name].items()}
        print(f"    {name}: step {step['ours']:.0f} ms, torch's {step['torch']:.0f} ms, with extraction "
              f"{step['torch full']:.0f} ms; features {row[name]['ours features']:.2f} s, torch's "
              f"{row[name]['torch features']:.2f} s")
        if "ours bf16" in step:
            print(f"    {name}, bf16: step {step['ours bf16']:.0f} ms, torch's {step['torch bf16']:.0f} ms")
    for name in ("ratios", "ratios_of_processor_time"):
        if name in row:
            print(f"    {name}: " + ", ".join(f"{key} {value:.2f}" for key, value in row[name].items()), flush=True)


# ---- decode to metrics ----


def compare_whole(options, results, folder):
    """Epochs on bottle, tested once at the end, against a script of the user's that does the same."""
    weights, epochs = weights_for(options, "resnet18")[0], str(options.whole_epochs)
    ours = [f"{options.build}/simplenet", "train", "--preset", "paper", "--data", options.data, "--category", "bottle",
            "--backbone", "resnet18", "--weights", weights, "--epochs", epochs, "--threads", "2", "--out", str(folder / "whole")]
    peer = [*options.whole.split(), options.data, "bottle", weights, "--epochs", epochs, "--every", epochs]
    seconds, outputs = {}, {}
    for name, command in (("ours", ours), ("peer", peer)):
        start = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        seconds[name], outputs[name] = time.perf_counter() - start, done.stdout.strip().splitlines()[-1]
        print(f"{name}: {seconds[name]:.1f} s, load {load()}\n{done.stdout}", flush=True)
    metrics = json.loads((folder / "whole" / "bottle" / "metrics.json").read_text())
    results["whole"] = {"epochs": options.whole_epochs, "seconds": seconds, "ratio": seconds["peer"] / seconds["ours"], "peer_says": outputs["peer"],
                        "image_auroc": metrics["image_auroc"], "pixel_auroc": metrics["pixel_auroc"], "load": load()}
    save(options, results)
    print(f"decode to metrics, {epochs} epochs on bottle: ratio {results['whole']['ratio']:.2f}", flush=True)


def keep(rows, row, *keys):
    """Adds a row, in place of one of the same keys."""
    rows[:] = [other for other in rows if any(other[key] != row[key] for key in keys)] + [row]
    rows.sort(key=lambda r: [r[key] for key in keys])


def save(options, results):
    path = pathlib.Path(options.out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")


def read_options():
    shared = os.environ.get("SIMPLENET_SHARED", "../shared")
    parser = argparse.ArgumentParser(description="Times our program beside its peers.")
    number = dict(type=int, metavar="N")
    parser.add_argument("--build", default="build", help="our build folder")
    parser.add_argument("--weights", default=f"{shared}/weights",
                        help="a folder of NETWORK-imagenet-to-layer3.safetensors; random weights where it has none")
    parser.add_argument("--data", default=f"{shared}/data/mvtec", help="MVTec AD; the generated data set without it")
    parser.add_argument("--networks", nargs="+", default=["resnet18", "wide_resnet50_2"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", default=10, help="turns of each contender (10)", **number)
    parser.add_argument("--runs", default=2, help="timed runs a turn, after one that does not count (2)", **number)
    parser.add_argument("--images", default=40, help="photographs to train on (40)", **number)
    parser.add_argument("--epochs", default=5, help="of training, each contender (5)", **number)
    parser.add_argument("--extractions", default=3, help="of features, and torch's epochs with extraction (3)", **number)
    parser.add_argument("--only", choices=["inference", "training", "whole"], help="one part instead of all")
    parser.add_argument("--whole", metavar="COMMAND",
                        help="also bottle from decoding to metrics, against COMMAND ROOT CATEGORY WEIGHTS --epochs N --every N")
    parser.add_argument("--whole-epochs", default=40, help="N of --whole (40)", **number)
    parser.add_argument("--add", action="store_true", help="to the results that are there, in place of the same rows")
    parser.add_argument("--out", default="results/peers.json")
    return parser.parse_args()


def main():
    options = read_options()
    name, has = processor()
    results = None
    if options.add and pathlib.Path(options.out).exists():
        results = json.loads(pathlib.Path(options.out).read_text())
    results = results or {"processor": name, **has, "date": time.strftime("%Y-%m-%d"), "versions": {}, "inference": [],
               "training": []}
    for precision in LESS_PRECISE:
        print(f"{name}; {precision} rows: {'yes' if has[precision] else 'no, the processor has no such instructions'}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if options.only in (None, "inference"):
            compare_inference(options, results, folder)
        if options.only in (None, "training"):
            compare_training(options, results, folder)
        if options.whole and options.only in (None, "whole"):
            compare_whole(options, results, folder)
    save(options, results)


if __name__ == "__main__":
    main()
