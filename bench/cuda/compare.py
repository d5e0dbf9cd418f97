"""`make bench-cuda`: this card's ceilings and its 3x3 convolutions by each algorithm, then our program beside PyTorch, by
CUDA events, run by run in turns.

Same network, same weights, same images; first the scores must agree, max|a - b| / max|b| within TOLERANCE of eager
PyTorch in fp32, then medians are compared. Where python3 has no torch that sees the card, ours alone is timed.
Results: results/cuda.json, and lines on stdout.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

from process import Process  # noqa: E402

TOLERANCE = {"fp32": 1e-3, "tf32": 2e-2, "bf16": 1e-1}
# network, side of an image, batch, precision, PyTorch's modes
CELLS = (
    [("wide_resnet50_2", 224, batch, precision, ["eager"]) for precision in ("tf32", "bf16") for batch in (8, 128)]
    + [("wide_resnet50_2", 224, batch, "bf16", ["eager"]) for batch in (1, 32)]
    + [("wide_resnet50_2", 224, batch, "tf32", ["eager", "compile", "graph"]) for batch in (1, 32)]
    + [("wide_resnet50_2", 224, 1, "fp32", ["eager"]), ("wide_resnet50_2", 224, 32, "fp32", ["eager"])]
    + [("resnet18", 224, 1, "tf32", ["eager"]), ("resnet18", 224, 32, "tf32", ["eager"])]
    + [("wide_resnet50_2", 288, 8, "tf32", ["eager"])]
)
CONVOLUTIONS = [(precision, batch) for precision in ("fp32", "tf32", "bf16") for batch in (1, 8, 32)]
PAPER_IMAGES_A_SECOND = 77  # on an RTX 3080 Ti


def ceilings(options):
    words = subprocess.run([f"{options.build}/bench/cuda/ceilings"], capture_output=True, text=True, check=True)
    _, copy, fp32, tf32, bf16, *name = words.stdout.split()
    found = {"card": " ".join(name), "copy_gb_s": float(copy),
             "tflop_s": {"fp32": float(fp32), "tf32": float(tf32), "bf16": float(bf16)}}
    print(f"{found['card']}: copies {copy} GB/s; cuBLAS {fp32} TFLOP/s in fp32, {tf32} in tf32, {bf16} in bf16")
    return found


def convolutions(options, precision, batch):
    """3x3 convolutions by each algorithm, and whether the backend chooses the fastest."""
    command = [f"{options.build}/bench/cuda/convolutions", precision, str(batch)]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    print(f"3x3 convolutions, {precision}, batch {batch}, in ms (*: chosen)")
    for row in rows:
        row.update(precision=precision, batch=batch, fastest=min(row["ms"], key=row["ms"].get))
        times = "".join(f"  {name} {ms:9.4f}{'*' if name == row['chosen'] else ' '}" for name, ms in row["ms"].items())
        lost = row["ms"][row["chosen"]] / row["ms"][row["fastest"]] - 1
        print(f"    {row['network']:15} {row['channels']:3} channels at {row['size']:2}, {row['layers']} layers{times}"
              + (f"  {row['fastest']} is faster by {100 * lost:.0f} %" if lost > 0 else ""))
    for network in sorted({row["network"] for row in rows}):
        own = [row for row in rows if row["network"] == network]
        chosen, fastest = (sum(row["layers"] * row["ms"][row[key]] for row in own) for key in ("chosen", "fastest"))
        print(f"    {network:15} all layers {chosen:.3f} ms as chosen, {fastest:.3f} by the fastest of each", flush=True)
    return rows


def torch_sees_card():
    test = "import torch, sys; sys.exit(0 if torch.cuda.is_available() else 1)"
    return subprocess.run([sys.executable, "-c", test], stderr=subprocess.DEVNULL).returncode == 0


def start_ours(options, precision, network, side, count, weights):
    ours = Process("ours", [f"{options.build}/bench/peer_server"], 1)
    ours.ask("device", "cuda", precision)
    ours.ask("images", count, side)
    ours.ask("network", network, weights)
    return ours


def scores_of(contender, folder):
    import tensors  # needs NumPy, which comes with PyTorch

    contender.ask("scores", folder / "scores")
    return tensors.read(folder / "scores")["scores"].reshape(-1)


def measure(options, cell, folder, found):
    network, side, batch, precision, modes = cell
    ours = start_ours(options, precision, network, side, batch, options.weights)
    ours.ask("export", folder / "network")
    macs = int(ours.ask("prepare", batch)[0])
    contenders = [ours]
    if options.torch:
        reference = Process("torch fp32", [sys.executable, HERE / "worker.py", "eager", "fp32"], 1)
        reference.ask("prepare", network, folder / "network", batch)
        expected = scores_of(reference, folder)
        reference.close()
        for mode in modes:
            peer = Process(f"torch {mode}", [sys.executable, HERE / "worker.py", mode, precision], 1)
            peer.ask("prepare", network, folder / "network", batch)
            contenders.append(peer)
    row = {"network": network, "side": side, "batch": batch, "precision": precision, "gmac": macs / 1e9,
           "contenders": {}}
    times = {contender.name: [] for contender in contenders}
    differences = {}
    for contender in contenders if options.torch else []:
        scores = scores_of(contender, folder)
        differences[contender.name] = difference = float(abs(scores - expected).max() / abs(expected).max())
        if not difference <= TOLERANCE[precision]:
            raise RuntimeError(f"{contender.name}, {cell}: scores differ by {difference:.2g}")
    for contender in contenders:
        contender.ask("clocked", 10)  # prepares: recordings, cuDNN's choices, clocks
    for round in range(options.rounds):
        for i in range(len(contenders)):
            contender = contenders[(i + round) % len(contenders)]
            times[contender.name] += map(float, contender.ask("clocked", options.runs))
    for contender in contenders:
        entry = {"median_ms": statistics.median(times[contender.name]) * 1e3,
                 "best_ms": min(times[contender.name]) * 1e3}
        entry["images_s"] = batch / entry["median_ms"] * 1e3
        if contender is not ours:
            entry["version"] = " ".join(contender.ask("version"))
        if contender.name in differences:
            entry["difference"] = differences[contender.name]
        row["contenders"][contender.name] = entry
    row["share_of_ceiling"] = 2 * macs / row["contenders"]["ours"]["median_ms"] * 1e3 / (
        found["tflop_s"][precision] * 1e12)
    if batch in (1, 32) and precision == "tf32":
        ours.ask("profile", 20)  # each step's time, on stderr
    for contender in contenders:
        contender.close()
    return row


def tell(row):
    print(f"{row['network']} at {row['side']}, batch {row['batch']}, {row['precision']}: ours reaches "
          f"{100 * row['share_of_ceiling']:.0f} % of cuBLAS's ceiling")
    for name, c in row["contenders"].items():
        note = f"; {c['version']}" if "version" in c else ""
        if not note and row["network"] == "wide_resnet50_2":
            note = f"; the paper has {PAPER_IMAGES_A_SECOND} images/s"
        print(f"    {name:14} median {c['median_ms']:9.3f} ms, best {c['best_ms']:9.3f}, {c['images_s']:9.1f} images/s"
              + (f", scores differ by {c['difference']:.1e}" if "difference" in c else "") + note, flush=True)


def training(options, folder):
    """An epoch on features that stay on the card; PyTorch's with and without extraction at every step."""
    drawn = folder / "generated"
    subprocess.run([f"{options.build}/simplenet", "generate", "--train", "209", drawn], check=True, stdout=subprocess.DEVNULL)
    category = sorted(path.name for path in drawn.iterdir() if path.is_dir())[0]
    ours = start_ours(options, "tf32", "wide_resnet50_2", 224, 4, options.weights)
    ours.ask("export", folder / "network")
    (images,) = ours.ask("dataset", drawn, category)
    row = {"images": int(images), "features_s": float(ours.ask("features")[0])}
    row["epochs_s"] = [float(ours.ask("epoch")[0]) for _ in range(5)]
    seconds = statistics.median(row["epochs_s"][1:])
    print(f"training, {images} images, wide_resnet50_2, tf32: features {row['features_s']:.2f} s, an epoch "
          f"{seconds * 1e3:.1f} ms; 160 epochs of 209 images would take {160 * 209 / int(images) * seconds:.1f} s")
    if options.torch:
        peer = Process("torch", [sys.executable, HERE / "worker.py", "eager", "tf32"], 1)
        peer.ask("prepare", "wide_resnet50_2", folder / "network", 4)
        for command in ("epoch", "full_epoch"):
            row[f"torch_{command}_s"] = statistics.median(map(float, peer.ask(command, images)))
            print(f"    torch, {command}: {row[f'torch_{command}_s'] * 1e3:.1f} ms, "
                  f"{row[f'torch_{command}_s'] / seconds:.2f} times ours; " + " ".join(peer.ask("version")))
        peer.close()
    ours.close()
    return row, drawn, category


def whole_category(options, data, category, folder):
    command = [f"{options.build}/simplenet", "train", "--preset", "paper", "--data", data, "--category", category,
               "--device", "cuda", "--backbone", "wide_resnet50_2", "--epochs", "160", "--out", folder / "run"]
    if options.weights == "-":
        print("a whole category from files needs --weights: left out")
        return None
    start = time.perf_counter()
    subprocess.run(command + ["--weights", options.weights], check=True)
    seconds = time.perf_counter() - start
    print(f"a whole category of 160 epochs from files: {seconds:.1f} s")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--weights", default="-", help="wide_resnet50_2's, for the whole category; random ones else")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    options.torch = torch_sees_card()
    if not options.torch:
        print("python3 has no torch that sees the card: ours alone")
    results = {"ceilings": ceilings(options), "convolutions": [], "inference": []}
    for precision, batch in CONVOLUTIONS:
        results["convolutions"] += convolutions(options, precision, batch)
    with tempfile.TemporaryDirectory() as name:
        folder, weights = pathlib.Path(name), options.weights
        for cell in CELLS:
            options.weights = weights if cell[0] == "wide_resnet50_2" else "-"
            results["inference"].append(measure(options, cell, folder, results["ceilings"]))
            tell(results["inference"][-1])
        options.weights = weights
        results["training"], drawn, category = training(options, folder)
        results["category_s"] = whole_category(options, drawn, category, folder)
    pathlib.Path("results").mkdir(exist_ok=True)
    pathlib.Path("results/cuda.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
