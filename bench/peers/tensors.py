"""safetensors files of float32 and int64 tensors as NumPy arrays: 8 bytes of header length, a JSON header, the data."""
import json
import struct

import numpy

TYPES = {"F32": numpy.dtype("<f4"), "I64": numpy.dtype("<i8")}


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: numpy.frombuffer(data[slice(*entry["data_offsets"])], TYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
        for name, entry in header.items()
    }


def write_float(path, name, array):
    data = numpy.ascontiguousarray(array, "<f4").tobytes()
    entry = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({name: entry}).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + data)
