"""PyTorch on the graphics card, in a process of its own: worker.py MODE PRECISION. MODE is eager, compile or graph; all
are channels-last. Commands and answers as in bench/peer_server.c:

version
prepare NETWORK FILE BATCH     the network and images that our program exported
scores FILE                    the raw map as "scores"
clocked N                      N forwards; answers the seconds of each by CUDA events
epoch IMAGES                   trains once on features that stay on the card, in batches of 4; answers the seconds
full_epoch IMAGES              the same, but the backbone computes each batch's features; images stay on the card
"""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

import tensors  # noqa: E402
import torch  # noqa: E402

BATCH, SIGMA, MARGIN = 4, 0.015, 0.5


class Worker:
    def __init__(self, mode, precision):
        self.mode, self.precision = mode, precision
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(0)

    def version(self):
        return [f"torch {torch.__version__} {self.mode}, channels-last, allow_tf32 {self.precision == 'tf32'}, "
                "cudnn.benchmark True"]

    def prepare(self, name, path, batch):
        import network

        arrays = tensors.read(path)
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
        self.network, self.whole = network, network.load(name, arrays).to("cuda", memory_format=torch.channels_last)
        model = network.load(name, arrays).to("cuda", dtype, memory_format=torch.channels_last)
        images = torch.from_numpy(arrays["images"][: int(batch)]).to("cuda", dtype)
        self.images = images.contiguous(memory_format=torch.channels_last)
        self.model = torch.compile(model) if self.mode == "compile" else model
        self.graph = None
        with torch.no_grad():
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(3):
                    self.out = self.model(self.images)
            torch.cuda.synchronize()
            if self.mode == "graph":
                self.graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self.graph):
                    self.out = self.model(self.images)

    def forward(self):
        if self.graph:
            self.graph.replay()
            return
        with torch.no_grad():
            self.out = self.model(self.images)

    def scores(self, path):
        self.forward()
        tensors.write_float(path, "scores", self.out.float().cpu().numpy())

    def clocked(self, runs):
        return [self.seconds(self.forward) for _ in range(int(runs))]

    def seconds(self, work):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) * 1e-3

    def begin_training(self):
        head = self.whole.head.train()
        discriminator = [*head.body.parameters(), *head.tail.parameters()]
        self.optimizers = [
            torch.optim.Adam(head.adaptor.parameters(), 1e-4, weight_decay=1e-5),
            torch.optim.Adam(discriminator, 2e-4, weight_decay=1e-5),
        ]
        return head

    def step(self, head, rows):
        q = head.adaptor(rows)
        scores = head.tail(head.body(torch.cat([q, q + SIGMA * torch.randn_like(q)])))
        true, fake = scores[: len(q)], scores[len(q) :]
        loss = torch.clip(MARGIN - true, min=0).mean() + torch.clip(MARGIN + fake, min=0).mean()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach()

    def train(self, images, full):
        head, images = self.begin_training(), int(images)
        side = self.images.shape[-1]
        if full:
            data = torch.randn(images, 3, side, side, device="cuda").contiguous(memory_format=torch.channels_last)
        else:
            data = torch.randn(images, (side // 8) ** 2, sum(self.whole.backbone.channels[1:]), device="cuda")

        def epoch():
            order, losses = torch.randperm(images, device="cuda"), []
            for chosen in order.split(BATCH):
                rows = data[chosen]
                if full:
                    with torch.no_grad():
                        rows = self.network.local_features(self.whole.backbone.eval()(rows))
                losses.append(self.step(head, rows if full else rows.flatten(0, 1)))
            torch.stack(losses).sum().item()

        epoch()
        return [self.seconds(epoch) for _ in range(3)]


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries print, too
    worker = Worker(*sys.argv[1:])
    commands = {"version": worker.version, "prepare": worker.prepare, "scores": worker.scores,
                "clocked": worker.clocked, "epoch": lambda images: worker.train(images, False),
                "full_epoch": lambda images: worker.train(images, True)}
    for line in sys.stdin:
        command, *words = line.split()
        try:
            print("ok", *(commands[command](*words) or []), file=answers)
        except Exception as error:
            print("error", " ".join(str(error).split()), file=answers)


if __name__ == "__main__":
    main()
