"""backbones.py [--build build] [--threads 2] [--batch 1] [--size 224] [--rounds 5] [NETWORK ...]

The forward of backbones to the levels that a detector takes, planned by us, by PyTorch and by ONNX Runtime, in turns, with
random weights. The peers' networks are torchvision's, timm's or efficientnet_lite_pytorch's, cut after the deepest level;
our levels have the names of their modules. Each round is a few runs of every contender, one after the other; medians are
over all rounds.
"""
import argparse
import os
import statistics
import sys
import tempfile
import time

from process import Process

# Ours, and where the peers' is: "tv:" torchvision's, "timm:" timm's, "lite:" efficientnet_lite_pytorch's.
NETWORKS = {
    **{name: f"tv:{name}" for name in [
        "resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "vgg11", "vgg16", "vgg16_bn", "densenet121",
        "densenet201", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "efficientnet_b0", "efficientnet_b3",
        "convnext_tiny", "convnext_small", "regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf"]},
    "efficientnet_lite0": "lite:efficientnet-lite0",
    "efficientnet_lite2": "lite:efficientnet-lite2",
    "vit_small_patch16_224": "timm:vit_small_patch16_224",
    "vit_base_patch16_224": "timm:vit_base_patch16_224",
    "deit_small_patch16_224": "timm:deit_small_patch16_224",
    "dinov2_vits14": "timm:vit_small_patch14_dinov2",
    "dinov2_vitb14": "timm:vit_base_patch14_dinov2",
}


class Done(Exception):
    pass


def network(source, levels, size):
    """The peers' network as a module: images -> the outputs of the modules named in levels."""
    import torch

    library, name = source.split(":")
    if library == "tv":
        import torchvision

        whole = torchvision.models.get_model(name, weights=None)
    elif library == "lite":
        from efficientnet_lite_pytorch import EfficientNet

        whole = EfficientNet.from_name(name)
    else:
        import timm

        fixed = {"img_size": size} if "vit" in name or "deit" in name else {}
        whole = timm.create_model(name, pretrained=False, **fixed)

    class Levels(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.whole, self.found = whole, {}
            for level in levels:
                whole.get_submodule(level).register_forward_hook(self.keep(level))

        def keep(self, level):
            def hook(module, inputs, output):
                self.found[level] = output
                if level == levels[-1]:
                    raise Done

            return hook

        def forward(self, images):
            try:
                self.whole(images)
            except Done:
                return tuple(self.found[level] for level in levels)

    return Levels().eval()


def work(peer, source, levels, batch, threads, size):
    """A peer in a process of its own; answers as bench/backbone.c does."""
    import torch

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries print, too
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model, images = network(source, levels, size), torch.randn(batch, 3, size, size)
    if peer == "torch":
        def run():
            with torch.no_grad():
                model(images)
    else:
        import onnxruntime

        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = os.path.join(folder, "network.onnx")
            torch.onnx.export(model, (images,), path, dynamo=False, opset_version=17)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        inputs = {session.get_inputs()[0].name: images.numpy()}

        def run():
            session.run(None, inputs)

    for line in sys.stdin:
        answer = []
        for _ in range(int(line.split()[1])):
            start, processor = time.perf_counter(), time.process_time()
            run()
            answer += [time.perf_counter() - start, time.process_time() - processor]
        print("ok", *answer, file=answers)


def compare(name, options):
    """Median milliseconds of each contender, and of the processor."""
    shape = [str(options.batch), str(options.threads), str(options.size)]
    ours = Process("ours", [f"{options.build}/bench/backbone", name, "-", *shape], options.threads)
    levels = ours.ask("levels")
    contenders = [ours]
    for peer in ("torch", "onnxruntime"):
        command = [sys.executable, "-W", "ignore", __file__, "--worker", peer, NETWORKS[name], ",".join(levels), *shape]
        contenders.append(Process(peer, command, options.threads))
    times = {contender.name: [] for contender in contenders}
    for contender in contenders:
        contender.run(2)
    for _ in range(options.rounds):
        for contender in contenders:
            times[contender.name] += contender.run(options.runs)
    for contender in contenders:
        contender.close()
    return levels, {who: [1e3 * statistics.median(numbers) for numbers in zip(*pairs)] for who, pairs in times.items()}


def main():
    if sys.argv[1:2] == ["--worker"]:
        peer, source, levels, *shape = sys.argv[2:]
        return work(peer, source, levels.split(","), *map(int, shape))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5, help="of each contender in a round")
    parser.add_argument("networks", nargs="*", default=list(NETWORKS))
    options = parser.parse_args()
    print("| network | levels | ours, ms | torch | onnxruntime | ratio | of processor time |\n" + "| --- " * 7 + "|")
    for name in options.networks:
        try:
            levels, ms = compare(name, options)
        except RuntimeError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        best = min(ms["torch"], ms["onnxruntime"])
        print(f"| {name} | {', '.join(levels)} | {ms['ours'][0]:.1f} | {ms['torch'][0]:.1f} | {ms['onnxruntime'][0]:.1f} | "
              f"{best[0] / ms['ours'][0]:.2f} | {best[1] / ms['ours'][1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
