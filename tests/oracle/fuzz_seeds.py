#!/usr/bin/python3
"""Small .pth files, right and wrong in ways that a fuzzer does not find by itself, for tests/fuzz/corpus/pickle."""
import io
import os
import struct
import sys
import zipfile

FOLDER = os.path.join(os.path.dirname(__file__), "..", "fuzz", "corpus", "pickle")


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def storage(key="0", count=2, kind="FloatStorage", view=None):
    tail = b"" if view is None else view
    return b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + b"K" + bytes([count]) + tail + b"tQ"


def tensor(source=None, offset=b"K\0", shape=b"K\2\x85", stride=b"K\1\x85", rest=b"\x89N", version="_rebuild_tensor_v2"):
    return (b"ctorch._utils\n" + version.encode() + b"\n(" + (source or storage()) + offset + shape + stride + rest + b"tR")


def dictionary(*items):
    return b"\x80\2}(" + b"".join(text(name) + value for name, value in items) + b"u."


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def archive(pickle, storages={"0": bytes(8)}, byteorder=None, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as file:
        entries = [("a/data.pkl", pickle)] + [("a/data/" + key, value) for key, value in storages.items()]
        if byteorder is not None:
            entries.append(("a/byteorder", byteorder))
        for name, value in entries:
            file.writestr(zipfile.ZipInfo(name), value, method)
    return bytearray(data.getvalue())


def lie(data, record, field, size, value, which=0):
    """Changes a number in the directory's record of the entry `which`, or in the end record."""
    at = -1
    for _ in range(which + 1):
        at = data.index(record, at + 1)
    data[at + field : at + field + size] = value.to_bytes(size, "little")
    return data


PREAMBLE = b"\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}" + text("little_endian")


def legacy(pickle, keys=b"\x80\2]" + text("0") + b"a.", tail=struct.pack("<q", 2) + bytes(8), little=True):
    return PREAMBLE + (b"\x88" if little else b"\x89") + b"s." + pickle + keys + tail


def main():
    right = dictionary(("a", tensor()))
    write("legacy-right", legacy(right))
    write("legacy-big-endian", legacy(right, little=False))
    write("legacy-unused-storage", legacy(right, keys=b"\x80\2]" + text("1") + b"a."))
    write("legacy-same-storage-twice", legacy(right, keys=b"\x80\2](" + text("0") + text("0") + b"e."))
    write("legacy-no-storage", legacy(right, keys=b"\x80\2]."))
    write("legacy-other-count", legacy(right, tail=struct.pack("<q", 3) + bytes(12)))
    write("legacy-cut", legacy(right, tail=struct.pack("<q", 2) + bytes(3)))
    write("legacy-view", legacy(dictionary(("a", tensor(storage(view=b"(" + text("v") + b"K\1K\1t"), shape=b"K\1\x85")))))
    write("legacy-view-outside", legacy(dictionary(("a", tensor(storage(view=b"(" + text("v") + b"K\1K\2t"))))))

    write("zip-right", archive(right))
    write("zip-deflated", archive(right, method=zipfile.ZIP_DEFLATED))
    write("zip-byte-order", archive(right, byteorder=b"little"))
    write("zip-big-endian", archive(right, byteorder=b"big"))
    write("zip-short-storage", archive(right, {"0": bytes(4)}))
    write("zip-no-storage", archive(right, {"1": bytes(8)}))
    entry = b"PK\1\2"
    write("zip-twice", lie(archive(right, {"0": bytes(8), "1": bytes(8)}), entry, 46 + 7, 1, ord("0"), 2))
    write("zip-overlap", lie(archive(right), entry, 20, 4, 120, 1))
    write("zip-outside", lie(archive(right), entry, 42, 4, 1 << 30, 1))
    write("zip-beyond-directory", lie(archive(right), entry, 20, 4, 28, 1))
    write("zip-crc", lie(archive(right), entry, 16, 4, 1))
    write("zip-method", lie(archive(right), entry, 10, 2, 12))
    write("zip-stored-size", lie(archive(right), entry, 24, 4, 9))
    write("zip-bomb", lie(archive(right, method=zipfile.ZIP_DEFLATED), entry, 24, 4, 1 << 30))
    write("zip-damaged", lie(archive(right), entry, 28, 2, 60000))
    right64 = archive(right)
    write("zip64-no-end", right64[:-22] + b"PK\6\7" + bytes(4) + bytes(8) + bytes(4) + right64[-22:])

    pairs = b"ccollections\nOrderedDict\n]("
    write("ordered-pairs", b"\x80\2" + pairs + b"](" + text("a") + tensor() + b"ee\x85R.")
    write("ordered-no-pair", b"\x80\2" + pairs + b"](" + text("a") + b"ee\x85R.")
    write("ordered-no-list", b"\x80\2ccollections\nOrderedDict\nK\1\x85R.")
    write("parameter", dictionary(("a", b"ctorch._utils\n_rebuild_parameter\n(" + tensor() + b"\x88NtR")))
    write("parameter-of-nothing", dictionary(("a", b"ctorch._utils\n_rebuild_parameter\n(N\x88NtR")))
    write("storage-called", dictionary(("a", b"ctorch\nFloatStorage\n)R")))
    write("two-types", dictionary(("a", tensor()), ("b", tensor(storage(kind="LongStorage")))))
    write("too-many-dimensions", dictionary(("a", tensor(shape=b"(" + 9 * b"K\1" + b"t", stride=b"(" + 9 * b"K\1" + b"t"))))
    write("no-size", dictionary(("a", tensor(shape=b"N\x85"))))
    write("leaves-storage", dictionary(("a", tensor(shape=b"K\3\x85"))))
    write("starts-outside", dictionary(("a", tensor(offset=b"K\7", shape=b"K\0\x85"))))
    write("old-tensor", dictionary(("a", tensor(rest=b"", version="_rebuild_tensor"))))
    write("transposed", dictionary(("a", tensor(storage(count=6), shape=b"K\3K\2\x86", stride=b"K\1K\3\x86"))))
    write("bytes", dictionary(("a", tensor(storage(kind="BoolStorage"))), ("b", tensor(storage("1", kind="ShortStorage")))))
    write("twice", dictionary(("a", tensor()), ("a", tensor())))
    write("wrapped", dictionary(("epoch", b"K\3"), ("best", b"\x88"), ("rate", b"G" + struct.pack(">d", 0.5)), ("name", text("n")),
                                ("state_dict", b"}(" + text("module.a") + tensor() + text("module.b") + tensor() + b"u")))
    write("numbered", dictionary(("list", b"](" + tensor() + b"}K\5" + tensor() + b"se"), ("none", b"N")))
    write("nameless", b"\x80\2}N" + tensor() + b"s.")
    write("no-tensors", dictionary(("a", b"K\1")))
    write("itself", b"\x80\2}q\0" + text("a") + b"h\0s.")
    write("no-dictionary", b"\x80\2]" + tensor() + b"a.")

    write_bombs()


def write_bombs():
    """Few bytes that describe endless work or memory, and a sum that overflows."""
    deflated = zipfile.ZIP_DEFLATED
    visits = b"}U\1a}q\1(" + b"K\1N" * 40000 + b"u0](" + b"h\1" * 40000 + b"es."
    write("bomb-visits", archive(visits, {}, method=deflated))
    copies = b"}](" + b"NN\x86" * 5000 + b"eq\x010ccollections\nOrderedDict\nq\x020" + b"h\2h\1\x85R0" * 20000 + b"."
    write("bomb-copies", archive(copies, {}, method=deflated))
    names = b"".join(b"U\4%04dh\1" % i for i in range(1000))
    write("bomb-texts", archive(b"}" + text("k" * 60000) + b"q\x010(" + names + b"u.", {}, method=deflated))
    write("bomb-memo", b"}r\xff\xff\xff\x7f.")
    write("bomb-marks", b"}(((((((((((tttttttttttt.")
    most = b"\x8a\x08" + (2**63 - 1).to_bytes(8, "little")
    write("overflowing-offset", archive(dictionary(("a", tensor(offset=most, shape=b"K\3\x85")))))


if __name__ == "__main__":
    sys.exit(main())
