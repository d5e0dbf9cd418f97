"""What PyTorch makes of the first steps of examples/framework/cifar10.c, from the weights that it wrote:

    build/examples/framework/cifar10 FOLDER 1 weights.safetensors
    python3 tests/oracle/cifar10.py FOLDER weights.safetensors
    python3 tests/oracle/cifar10.py --draw FOLDER     writes small files of that form, for tests
"""
import pathlib
import sys

RECORD, BATCH, STEPS = 3073, 100, 5


def draw(folder):
    """Squares of ten colours on noise, by a generator of whole numbers that is the same everywhere."""
    state = 1
    for name, count in (("data_batch_1.bin", 600), ("test_batch.bin", 200)):
        data = bytearray()
        for number in range(count):
            label, pixels = number * 7 % 10, bytearray(RECORD - 1)
            for i in range(RECORD - 1):
                state = (state * 1103515245 + 12345) % 2**31
                channel, row, column = i // 1024, i // 32 % 32, i % 32
                inside = 8 <= row < 24 and 8 <= column < 24
                pixels[i] = (state >> 16) % 128 + (12 * label if inside and channel == label % 3 else 0)
            data += bytes([label]) + pixels
        (pathlib.Path(folder) / name).write_bytes(data)


def losses(folder, weights):
    import numpy
    import torch
    from safetensors.torch import load_file

    channels = [3, 32, 64, 128]
    layers = {}
    for i in range(3):
        layers[f"conv{i + 1}"] = torch.nn.Conv2d(channels[i], channels[i + 1], 3, padding=1, bias=False)
        layers[f"bn{i + 1}"] = torch.nn.BatchNorm2d(channels[i + 1])
    layers["fc"] = torch.nn.Linear(128, 10)
    network = torch.nn.ModuleDict(layers)
    missing = network.load_state_dict(load_file(weights), strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing), missing
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    records = numpy.frombuffer((pathlib.Path(folder) / "data_batch_1.bin").read_bytes(), numpy.uint8).reshape(-1, RECORD)
    for step in range(STEPS):
        some = records[step * BATCH:(step + 1) * BATCH]
        x = torch.from_numpy((some[:, 1:].astype(numpy.float32) / 255 - 0.5) / 0.25).reshape(-1, 3, 32, 32)
        for i in range(3):
            x = torch.relu(network[f"bn{i + 1}"](network[f"conv{i + 1}"](x)))
            x = torch.nn.functional.max_pool2d(x, 2) if i < 2 else x.mean((2, 3))
        loss = torch.nn.functional.cross_entropy(network["fc"](x), torch.from_numpy(some[:, 0].astype(numpy.int64)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step + 1}  loss {loss.item():.6f}")


if __name__ == "__main__":
    draw(sys.argv[2]) if sys.argv[1] == "--draw" else losses(*sys.argv[1:])
