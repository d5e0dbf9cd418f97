"""SimpleNet's training as one would write it in PyTorch, in a process of its own: training.py THREADS. Commands:

version
dataset FOLDER NETWORK FILE    photographs below FOLDER; the exported network
features                       local features of all photographs; decoding included; answers the seconds and the
                               processor's
epoch                          trains once on them, in batches of 4; answers the same
bf16_epoch                     epoch with autocast to bfloat16
full_epoch                     epoch without features computed before: decoding and backbone at every step
"""
import os
import pathlib
import sys
import time

import tensors

BATCH, RESIZE, CROP, SIGMA, MARGIN = 4, 256, 224, 0.015, 0.5


class Training:
    def __init__(self, threads):
        import torch

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.torch = torch

    def dataset(self, folder, name, path):
        import network

        torch = self.torch
        self.files = sorted(file for file in pathlib.Path(folder).iterdir() if file.suffix in (".png", ".jpg"))
        model = network.load(name, tensors.read(path))
        self.network, self.backbone, self.head = network, model.backbone, model.head
        discriminator = [*self.head.body.parameters(), *self.head.tail.parameters()]
        self.optimizers = [
            torch.optim.Adam(self.head.adaptor.parameters(), 1e-4, weight_decay=1e-5),
            torch.optim.Adam(discriminator, 2e-4, weight_decay=1e-5),
        ]
        return [len(self.files)]

    def photographs(self, files):
        """As torchvision's Resize, CenterCrop, ToTensor and Normalize."""
        import numpy
        from PIL import Image

        images = []
        for file in files:
            image = Image.open(file).convert("RGB")
            scale = RESIZE / min(image.size)
            image = image.resize([int(side * scale) for side in image.size], Image.Resampling.BILINEAR)
            left, top = (round((side - CROP) / 2) for side in image.size)
            pixels = numpy.asarray(image.crop((left, top, left + CROP, top + CROP)), numpy.float32) / 255
            pixels = (pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
            images.append(self.torch.from_numpy(pixels.astype(numpy.float32)).permute(2, 0, 1))
        return self.torch.stack(images)

    def extract(self, files):
        with self.torch.no_grad():
            rows = self.network.local_features(self.backbone(self.photographs(files)))
            return rows.reshape(len(files), -1, rows.shape[1])

    def features(self):
        parts = [self.extract(self.files[i : i + 8]) for i in range(0, len(self.files), 8)]
        self.all = self.torch.cat(parts)

    def step(self, rows, bf16=False):
        torch = self.torch
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            q = self.head.adaptor(rows)
            scores = self.head.tail(self.head.body(torch.cat([q, q + torch.normal(0, SIGMA, q.shape)])))
        true, fake = scores[: len(q)].float(), scores[len(q) :].float()
        loss = torch.clip(MARGIN - true, min=0).mean() + torch.clip(MARGIN + fake, min=0).mean()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.item()

    def epoch(self, full=False, bf16=False):
        self.head.train()
        order = self.torch.randperm(len(self.files)).tolist()
        for i in range(0, len(order), BATCH):
            chosen = order[i : i + BATCH]
            features = self.extract([self.files[k] for k in chosen]) if full else self.all[chosen]
            self.step(features.flatten(0, 1), bf16)


def timed(work, *arguments):
    start, processor = time.perf_counter(), time.process_time()
    work(*arguments)
    return [time.perf_counter() - start, time.process_time() - processor]


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    training = Training(int(sys.argv[1]))
    commands = {
        "version": lambda: [f"torch {training.torch.__version__.split('+')[0]}"],
        "dataset": training.dataset,
        "features": lambda: timed(training.features),
        "epoch": lambda: timed(training.epoch),
        "bf16_epoch": lambda: timed(training.epoch, False, True),
        "full_epoch": lambda: timed(training.epoch, True),
    }
    for line in sys.stdin:
        command, *words = line.split()
        try:
            print("ok", *commands[command](*words), file=answers)
        except Exception as error:
            print("error", " ".join(str(error).split()), file=answers)


if __name__ == "__main__":
    main()
