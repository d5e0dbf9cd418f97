"""Small weights files written by PyTorch, each with a twin that says what must be read from it.

    /usr/bin/python3 tests/oracle/weights.py

writes tests/golden/weights/NAME.zip.pth and NAME.legacy.pth (torch.save in its two forms) and NAME.safetensors, the
twin, written here byte by byte. official_*.safetensors come from the package `safetensors` and are left alone where it is
not installed.
"""
import argparse
import collections
import io
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy
import torch

FOLDER = os.path.join(os.path.dirname(__file__), "..", "golden", "weights")
NAMES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I64", torch.int16: "I64", torch.int8: "I64", torch.uint8: "U8", torch.bool: "U8"}


def path(name):
    return os.path.join(FOLDER, name)


def raw_bytes(tensor):
    tensor = tensor.detach().contiguous()
    if NAMES[tensor.dtype] == "I64":
        tensor = tensor.to(torch.int64)
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def write_twin(name, tensors, texts):
    header, data = {}, b""
    if texts:
        header["__metadata__"] = texts
    for key, tensor in tensors.items():
        raw = raw_bytes(tensor)
        header[key] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                       "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path(name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def write(name, checkpoint, tensors, texts=None):
    torch.save(checkpoint, path(name + ".zip.pth"))
    torch.save(checkpoint, path(name + ".legacy.pth"), _use_new_zipfile_serialization=False)
    write_twin(name, tensors, texts)


def ramp(*shape, dtype=torch.float32, begin=-3.0, step=0.3):
    count = int(numpy.prod(shape))
    return (begin + step * torch.arange(count, dtype=torch.float64)).reshape(shape).to(dtype)


def layouts():
    whole = ramp(4, 6)
    images = ramp(2, 3, 4, 5)
    tensors = collections.OrderedDict(
        plain=ramp(2, 3), double=ramp(3, dtype=torch.float64), half=ramp(5, dtype=torch.float16),
        bfloat16=ramp(5, dtype=torch.bfloat16), int64=torch.tensor([-2 ** 63, 2 ** 63 - 1]),
        int32=torch.tensor([-2 ** 31, 2 ** 31 - 1], dtype=torch.int32), int16=torch.tensor([-2 ** 15], dtype=torch.int16),
        int8=torch.arange(-128, 128, dtype=torch.int8), uint8=torch.tensor([[0, 255]], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]), scalar=torch.tensor(2.5), empty=torch.empty(3, 0, 2),
        one_by_one=torch.full((1, 1, 1), 7.0), transposed=whole.t(), narrowed=whole[1:3, 2:5], column=whole[:, 4],
        step=whole[::2, ::3], shared=whole, tail=whole.view(-1)[20:], permuted=images.permute(3, 1, 0, 2),
        channels_last=images.to(memory_format=torch.channels_last), expanded=torch.tensor([[1.0], [2.0]]).expand(2, 3),
        parameter=torch.nn.Parameter(ramp(4)), wants_gradient=ramp(3).requires_grad_(),
        short_transposed=torch.arange(6, dtype=torch.int16).reshape(2, 3).t(),
        special=torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45]))
    write("layouts", tensors, tensors)


def nested():
    inner = {"weight": ramp(2, 2), "bias": ramp(2)}
    checkpoint = {"encoder": {"block": inner, "scale": torch.tensor(3.0)}, "layers": [ramp(1), {"weight": ramp(3)}],
                  "count": 12, "ratio": 0.1, "name": "a \"quoted\" näme", "flag": True, "nothing": None,
                  "history": [1, 2, 3], "again": inner, 3: ramp(2, begin=1)}
    tensors = {"encoder.block.weight": inner["weight"], "encoder.block.bias": inner["bias"],
               "encoder.scale": torch.tensor(3.0), "layers.0": ramp(1), "layers.1.weight": ramp(3),
               "again.weight": inner["weight"], "again.bias": inner["bias"], "3": ramp(2, begin=1)}
    write("nested", checkpoint, tensors, {"count": "12", "ratio": "0.1", "name": "a \"quoted\" näme",
                                          "flag": "true"})


def wrapped():
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    parallel = torch.nn.DataParallel(model)
    optimizer = torch.optim.Adam(model.parameters())
    checkpoint = {"epoch": 90, "arch": "resnet18", "state_dict": parallel.state_dict(), "best_acc1": numpy.float64(0.5),
                  "args": argparse.Namespace(lr=0.1, workers=4), "optimizer": optimizer.state_dict(),
                  "device": torch.device("cpu"), "size": torch.Size([3, 4])}
    write("wrapped", checkpoint, model.state_dict(), {"epoch": "90", "arch": "resnet18"})


def simplenet():
    """The state dicts that the released SimpleNet saves, with small layers."""
    torch.manual_seed(2)
    head = torch.nn.Sequential(collections.OrderedDict(
        body=torch.nn.Sequential(collections.OrderedDict(
            block1=torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4), torch.nn.LeakyReLU(0.2)))),
        tail=torch.nn.Sequential(torch.nn.Linear(4, 1, bias=False))))
    projection = torch.nn.Sequential(collections.OrderedDict(
        layers=torch.nn.Sequential(collections.OrderedDict([("0fc", torch.nn.Linear(6, 6))]))))
    tensors = {"discriminator." + k: v for k, v in head.state_dict().items()}
    tensors.update({"pre_projection." + k: v for k, v in projection.state_dict().items()})
    write("simplenet", {"discriminator": head.state_dict(), "pre_projection": projection.state_dict()}, tensors)


def repacked():
    """The same archive deflated, and with every size in ZIP64 fields."""
    with zipfile.ZipFile(path("simplenet.zip.pth")) as source:
        with zipfile.ZipFile(path("simplenet.deflated.pth"), "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED)
    archive = open(path("simplenet.zip.pth"), "rb").read()
    end = archive.rindex(b"PK\5\6")
    count, size, begin = struct.unpack("<HII", archive[end + 10:end + 20])
    directory, at = b"", begin
    for _ in range(count):
        fields = list(struct.unpack("<IHHHHHHIIIHHHHHII", archive[at:at + 46]))
        name = archive[at + 46:at + 46 + fields[10]]
        extra = struct.pack("<HHQQQ", 1, 24, fields[9], fields[8], fields[16])
        at += 46 + fields[10] + fields[11] + fields[12]
        fields[8] = fields[9] = fields[16] = 0xFFFFFFFF
        fields[11], fields[12] = len(extra), 0
        directory += struct.pack("<IHHHHHHIIIHHHHHII", *fields) + name + extra
    end64 = begin + len(directory)
    with open(path("simplenet.zip64.pth"), "wb") as file:
        file.write(archive[:begin] + directory)
        file.write(struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), begin))
        file.write(struct.pack("<4sIQI", b"PK\6\7", 0, end64, 1))
        file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


class Storage:
    def __init__(self, key, count, view=None):
        self.id = ("storage", torch.FloatStorage, key, "cpu", count, view)


class Tensor:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return torch._utils._rebuild_tensor, self.arguments


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def oldest():
    """What PyTorch 0.3 wrote: version 1 of the rebuilding function, and views of a storage."""
    file = io.BytesIO()
    for value in (0x1950a86a20f9469cfc6c, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}):
        pickle.dump(value, file, 2)
    Pickler(file, 2).dump({"whole": Tensor(Storage("10", 6), 0, (2, 3), (3, 1)),
                           "view": Tensor(Storage("10", 6, ("11", 2, 4)), 1, (2,), (1,))})
    pickle.dump(["10"], file, 2)
    data = ramp(2, 3)
    file.write(struct.pack("<q", 6) + raw_bytes(data))
    with open(path("oldest.legacy.pth"), "wb") as target:
        target.write(file.getvalue())
    write_twin("oldest", {"whole": data, "view": data.view(-1)[3:5]}, None)


def protocols():
    """Pickle protocols that a user may ask torch.save for."""
    tensors = {"weight": ramp(2, 3), "name" * 80: ramp(2)}
    for protocol in (3, 4, 5):
        torch.save(tensors, path("protocol%d.zip.pth" % protocol), pickle_protocol=protocol)
        torch.save(tensors, path("protocol%d.legacy.pth" % protocol), pickle_protocol=protocol,
                   _use_new_zipfile_serialization=False)
    write_twin("protocol", tensors, None)


def not_weights():
    """A model that was saved whole, and an archive with the names of torch.jit.save's."""
    torch.save(torch.nn.Linear(1, 1), path("whole.zip.pth"))
    with zipfile.ZipFile(path("scripted.pt"), "w") as archive:
        for name in ("data.pkl", "code/__torch__.py", "constants.pkl", "version"):
            archive.writestr(zipfile.ZipInfo("scripted/" + name), b"")


def official():
    try:
        from safetensors.torch import save_file
    except ImportError:
        print("the package safetensors is absent: official_*.safetensors are left as they are", file=sys.stderr)
        return
    types = {name: ramp(2, 3).to(dtype) for dtype, name in (
        (torch.float64, "f64"), (torch.float32, "f32"), (torch.float16, "f16"), (torch.bfloat16, "bf16"),
        (torch.int64, "i64"), (torch.int32, "i32"), (torch.int16, "i16"), (torch.int8, "i8"))}
    types.update(u8=ramp(2, 3, begin=0, step=40).to(torch.uint8), bool=torch.tensor([[True, False]]),
                 empty=torch.empty(0, 4), scalar=torch.tensor(0.3, dtype=torch.float64))
    texts = {"format": "pt", "note": "tab\t, quote \", backslash \\, näme, \u0001 and 🙂"}
    save_file(types, path("official_types.safetensors"), texts)
    write_twin("official_types_twin", types, texts)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for make in (layouts, nested, wrapped, simplenet, repacked, oldest, protocols, not_weights, official):
        make()
