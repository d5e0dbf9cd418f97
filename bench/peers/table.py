"""Pastes the results of `make bench` and `make bench-peers` into docs/performance.md, each between its two markers:

    <!-- bench -->          results/bench.json
    <!-- /bench -->
    <!-- peers -->          results/peers.json
    <!-- /peers -->
"""
import json
import pathlib
import re
import sys

PAGE = pathlib.Path("docs/performance.md")
PEERS = ["torch", "torch.compile", "onnxruntime", "openvino", "ours bf16", "torch bf16", "openvino bf16", "ours int8", "openvino int8"]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def bench_part(results):
    rows = []
    for row in results["rows"]:
        seconds = row["processor_ms"] if row["threads"] == 1 else row["median_ms"]
        share = f"{row['limit_ms'] / seconds:.0%}" if "limit_ms" in row else ""
        rows.append([row["what"], row["network"], row["batch"], row["threads"], f"{row['median_ms']:.1f}",
                     f"{row['best_ms']:.1f}", f"{row['processor_ms']:.1f}", row["runs"],
                     f"{row['gmac']:.2f}" if "gmac" in row else "", f"{row.get('limit_ms', 0):.1f}" if share else "",
                     share])
    peaks = ", ".join(f"{peak:.0f} GFLOP/s on {n}" for n, peak in enumerate(results["peak_gflops"], 1))
    return (f"{results['device']}. The limit is that of {results['peak_instructions']} multiply-adds, threads: {peaks}."
            "\n\n"
            + table(["", "network", "batch", "threads", "median ms", "best ms", "processor ms", "runs", "GMAC", "limit ms",
                     "share"], rows))


def inference_part(results):
    names = [name for name in PEERS if any(name in row["contenders"] for row in results["inference"])]
    versions = ", ".join(results["versions"][name] for name in names if name in results["versions"])
    rows, lines = [], []
    for row in results["inference"]:
        contenders = row["contenders"]
        cells = [f"{contenders[name]['median_ms']:.1f}" if name in contenders else "" for name in ["ours", *names]]
        busy = f"{row['ratio_of_processor_time']:.2f}" if "ratio_of_processor_time" in row else ""
        worst = max(c["difference"] for name, c in contenders.items() if name in ("ours", *PEERS[:4]))
        rows.append([row["network"], row["batch"], row["threads"], *cells, f"{row['ratio']:.2f}",
                     f"{row['ratio_of_best_runs']:.2f}", busy, row["runs"], f"{worst:.0e}",
                     " to ".join(map(str, row["load"]))])
        lines.append(f"    {row['network']} batch {row['batch']}, {row['threads']} threads: ours "
                     f"{contenders['ours']['median_ms']:.1f} ms, best peer ({row['best_peer']}) "
                     f"{contenders[row['best_peer']]['median_ms']:.1f} ms, ratio {row['ratio']:.2f}")
        for precision in ("bf16", "int8"):
            if f"ratio_{precision}" in row:
                lines[-1] += (f"; {precision}: ratio {row[f'ratio_{precision}_to_fp32']:.2f} to the best peer's fp32, "
                              f"{row[f'ratio_{precision}']:.2f} to its {precision}")
    head = ["network", "batch", "threads", "ours", *names, "ratio", "of best runs", "of processor time", "runs",
            "scores differ", "load"]
    return f"{results['processor']}, {results['date']}; {versions}.\n\n" + table(head, rows) + "\n\n" + "\n".join(lines)


def training_part(results):
    rows = []
    for row in results["training"]:
        by_processor = row["threads"] == 1
        times = row["processor_seconds" if by_processor else "seconds"]
        ratios = row["ratios_of_processor_time" if by_processor else "ratios"]
        step = {name: f"{1e3 * value / row['steps']:.0f}" for name, value in times.items()}
        rows.append([row["network"], row["threads"], f"{row['photographs']} of {row['data']}", step["ours"], step["torch"],
                     f"{ratios['ready_features']:.2f}", step["torch full"], f"{ratios['with_extraction']:.2f}",
                     f"{times['ours features']:.1f}", f"{times['torch features']:.1f}", f"{ratios['first_epoch']:.2f}",
                     row["epochs"], " to ".join(map(str, row["load"]))])
    head = ["network", "threads", "photographs", "our step, ms", "torch's, ms", "ratio", "torch's with extraction, ms",
            "ratio", "our features, s", "torch's, s", "features and an epoch, ratio", "epochs", "load"]
    return "Training; one thread by processor time, more by the clock:\n\n" + table(head, rows)


def whole_part(results):
    whole = results["whole"]
    return (f"From decoding to metrics, {whole['epochs']} epochs on bottle, resnet18: ours {whole['seconds']['ours']:.0f} s, the peer's "
            f"script {whole['seconds']['peer']:.0f} s, ratio {whole['ratio']:.2f} (load {whole['load']}); image AUROC "
            f"{whole['image_auroc']:.4f}, pixel AUROC {whole['pixel_auroc']:.4f}. The peer says: `{whole['peer_says']}`")


def peers_part(results):
    parts = [inference_part(results)] if results["inference"] else []
    parts += [training_part(results)] if results["training"] else []
    parts += [whole_part(results)] if "whole" in results else []
    return "\n\n".join(parts)


def main():
    page = PAGE.read_text()
    for name, make in (("bench", bench_part), ("peers", peers_part)):
        path = pathlib.Path(f"results/{name}.json")
        if not path.is_file():
            print(f"{path} is absent: its table stays", file=sys.stderr)
            continue
        text = make(json.loads(path.read_text()))
        page, found = re.subn(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda m: m[1] + text + "\n" + m[2], page,
                              flags=re.DOTALL)
        if not found:
            raise SystemExit(f"{PAGE} has no markers <!-- {name} --> and <!-- /{name} -->")
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
