#!/usr/bin/python3
"""TIFF and WebP files and what Pillow makes of them, for tests/test_images.c.

Writes tests/golden/tiff_webp/: small files of every kind, byte by byte or, where a codec of Pillow's is needed, by
Pillow; and expected.txt, in the form of tests/golden/images/expected.txt. Needs Pillow 9.4 with libtiff and libwebp.

    /usr/bin/python3 tests/oracle/tiff_webp.py
"""
import hashlib
import io
import os
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "tiff_webp")
warnings.simplefilter("ignore")
random = np.random.default_rng(20240608)
NONE, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
WHITE, BLACK, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def smooth(height, width, channels, top=255):
    """Waves and a little noise: compressible, and no two pixels alike for long."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    wave = 0.5 + 0.4 * np.sin(x * (0.31 + 0.07 * c) + y * 0.17 + c) * np.cos(y * 0.23 - x * 0.05 * c)
    return np.clip(wave * top + random.normal(0, top * 0.03, wave.shape), 0, top).astype(np.int64)


# ---------------------------------------------------------------- TIFF, byte by byte

def rows(samples, bits, order):
    """[h, w, n] samples to the bytes of each row, each padded to a byte."""
    flat = samples.reshape(samples.shape[0], -1)
    if bits == 16:
        return [row.astype(order + "u2").tobytes() for row in flat]
    if bits == 8:
        return [row.astype(np.uint8).tobytes() for row in flat]
    single = (flat[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    return [np.packbits(row.astype(np.uint8)).tobytes() for row in single.reshape(flat.shape[0], -1)]


def packbits(data):
    """Runs where there are any, else literals."""
    out, i = bytearray(), 0
    while i < len(data):
        run = 1
        while i + run < len(data) and run < 128 and data[i + run] == data[i]:
            run += 1
        if run > 2:
            out += bytes([257 - run, data[i]])
        else:
            run = min(7, len(data) - i)
            out += bytes([run - 1]) + data[i:i + run]
        i += run
    return bytes(out)


def lzw(data):
    """TIFF's LZW without a table: after every 200 literals it is cleared, so all codes have nine bits."""
    codes = []
    for i, byte in enumerate(data):
        codes += [256, byte] if i % 200 == 0 else [byte]
    bits = "".join(format(code, "09b") for code in codes + [257])
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes(-(-len(bits) // 8), "big")


def jpeg(samples, **options):
    stream = io.BytesIO()
    array = samples.astype(np.uint8)
    Image.fromarray(array[..., 0] if array.shape[2] == 1 else array).save(stream, "JPEG", **options)
    return stream.getvalue()


def difference(samples, bits):
    """Predictor 2: every sample minus the one to its left."""
    out = samples.copy()
    out[:, 1:] -= samples[:, :-1]
    return out % (1 << bits)


def coded(samples, bits, order, compression, predictor, quality):
    if compression == JPEG:
        return jpeg(samples, **quality)
    if predictor == 2:
        samples = difference(samples, bits)
    lines = rows(samples, bits, order)
    if compression == PACKBITS:
        return b"".join(packbits(line) for line in lines)
    data = b"".join(lines)
    return {NONE: lambda: data, DEFLATE: lambda: zlib.compress(data, 9), LZW: lambda: lzw(data)}[compression]()


def padded(samples, height, width):
    grown = np.zeros((height, width, samples.shape[2]), samples.dtype)
    grown[:samples.shape[0], :samples.shape[1]] = samples
    return grown


def tiff(samples, bits, photometric, order="<", compression=NONE, strip=None, tile=None, separate=False, predictor=1,
         extra=(), big=False, colours=None, orientation=None, more=(), quality={"quality": 90}, lie=None):
    """lie: {tag: values} that replace what is true."""
    height, width, channels = samples.shape
    planes = [samples[..., i:i + 1] for i in range(channels)] if separate else [samples]
    blocks = []
    for plane in planes:
        if tile:
            blocks += [padded(plane[y:y + tile, x:x + tile], tile, tile)
                       for y in range(0, height, tile) for x in range(0, width, tile)]
        else:
            blocks += [plane[y:y + (strip or height)] for y in range(0, height, strip or height)]
    data = [coded(block, bits, order, compression, predictor, quality) for block in blocks]
    offsets, at = [], 16 if big else 8
    for block in data:
        offsets.append(at)
        at += len(block) + len(block) % 2
    tags = {256: ("H", [width]), 257: ("I", [height]), 258: ("H", [bits] * channels), 259: ("H", [compression]),
            262: ("H", [photometric]), 277: ("H", [channels]), 284: ("H", [2 if separate else 1])}
    lengths = [len(block) for block in data]
    tags.update({322: ("H", [tile]), 323: ("H", [tile]), 324: ("I", offsets), 325: ("I", lengths)} if tile else
                {273: ("I", offsets), 278: ("I", [strip or height]), 279: ("I", lengths)})
    if predictor != 1:
        tags[317] = ("H", [predictor])
    if extra:
        tags[338] = ("H", list(extra))
    if colours is not None:
        tags[320] = ("H", [int(v) for v in colours.T.reshape(-1)])
    if orientation:
        tags[274] = ("H", [orientation])
    tags.update(more)
    for tag, values in (lie or {}).items():
        tags[tag] = (tags[tag][0] if tag in tags else "I", values)
    return assemble(data, tags, order, big, at)


def assemble(data, tags, order, big, at):
    mark = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head = mark + (struct.pack(order + "HHQ", 8, 0, at) if big else struct.pack(order + "I", at))
    body = b"".join(block + bytes(len(block) % 2) for block in data)
    entry, room = (20, 8) if big else (12, 4)
    directory, tail = b"", b""
    after = at + (8 if big else 2) + entry * len(tags) + room
    for tag, (kind, values) in sorted(tags.items()):
        value = struct.pack(order + kind * len(values), *values)
        if len(value) > room:
            place = after + len(tail)
            tail += value + bytes(len(value) % 2)
            value = struct.pack(order + ("Q" if big else "I"), place)
        directory += struct.pack(order + "HH" + ("Q" if big else "I"), tag, {"H": 3, "I": 4}[kind], len(values))
        directory += value + bytes(room - len(value))
    count = struct.pack(order + ("Q" if big else "H"), len(tags))
    return head + body + count + directory + bytes(room) + tail


def divided(samples):
    """Alpha divided out, in 16 bits; Pillow does that in 8."""
    alpha = samples[..., 3:]
    return np.minimum(samples[..., :3] * 65535 // np.maximum(alpha, 1), 65535) * (alpha > 0) >> 8


def tiff_files():
    """(name, file, RGB or grey pixels that it means, or None where Pillow knows better)"""
    kinds = {"none": NONE, "lzw": LZW, "deflate": DEFLATE, "packbits": PACKBITS}
    grey, rgb = smooth(19, 21, 1), smooth(19, 21, 3)
    grey16, rgb16 = smooth(19, 21, 1, 65535), smooth(19, 21, 3, 65535)
    grey16_as_8 = (grey16 + 128) // 257
    for order, letter in (("<", "ii"), (">", "mm")):
        for name, compression in kinds.items():
            options = {"order": order, "compression": compression, "strip": 7}
            yield f"tiff-grey-8-{name}-{letter}.tif", tiff(grey, 8, BLACK, **options), grey
            yield f"tiff-rgb-8-{name}-{letter}.tif", tiff(rgb, 8, RGB, **options), rgb
            yield f"tiff-grey-16-{name}-{letter}.tif", tiff(grey16, 16, BLACK, **options), grey16_as_8
            yield f"tiff-rgb-16-{name}-{letter}.tif", tiff(rgb16, 16, RGB, **options), rgb16 >> 8
        for bits in (8, 16):
            samples, meant = (rgb, rgb) if bits == 8 else (rgb16, rgb16 >> 8)
            options = {"order": order, "compression": DEFLATE}
            yield f"tiff-tiles-{bits}-{letter}.tif", tiff(samples, bits, RGB, tile=16, **options), meant
            yield f"tiff-separate-{bits}-{letter}.tif", tiff(samples, bits, RGB, separate=True, strip=5, **options), meant
            yield (f"tiff-separate-tiles-{bits}-{letter}.tif",
                   tiff(samples, bits, RGB, separate=True, tile=16, **options), meant)
            yield f"tiff-predictor-{bits}-{letter}.tif", tiff(samples, bits, RGB, predictor=2, strip=8, **options), meant
            yield f"tiff-big-{bits}-{letter}.tif", tiff(samples, bits, RGB, big=True, strip=8, **options), meant
    for bits in (1, 2, 4):
        samples, scale = smooth(19, 21, 1, 2**bits - 1), 255 // (2**bits - 1)
        yield f"tiff-grey-{bits}.tif", tiff(samples, bits, BLACK, strip=8), samples * scale
        yield f"tiff-white-{bits}.tif", tiff(samples, bits, WHITE, strip=8, compression=PACKBITS), 255 - samples * scale
        yield f"tiff-tiles-{bits}.tif", tiff(samples, bits, BLACK, tile=16, compression=DEFLATE), samples * scale
    yield "tiff-white-8.tif", tiff(grey, 8, WHITE, compression=LZW), 255 - grey
    yield "tiff-white-16.tif", tiff(grey16, 16, WHITE, compression=LZW), (65535 - grey16 + 128) // 257
    for bits in (1, 2, 4, 8):
        colours = random.integers(0, 256, (2**bits, 3)) * 257
        index = smooth(19, 21, 1, 2**bits - 1)
        meant = (colours // 256)[index[..., 0]]
        yield f"tiff-palette-{bits}.tif", tiff(index, bits, PALETTE, colours=colours, compression=LZW), meant
    colours, index = random.integers(0, 200, (256, 3)), smooth(19, 21, 1)
    yield "tiff-palette-8-bit-map.tif", tiff(index, 8, PALETTE, colours=colours), colours[index[..., 0]]
    four, four16 = smooth(19, 21, 4), smooth(19, 21, 4, 65535)
    yield "tiff-rgb-alpha-8.tif", tiff(four, 8, RGB, extra=(2,), compression=DEFLATE), four[..., :3]
    yield "tiff-rgb-alpha-16.tif", tiff(four16, 16, RGB, extra=(2,), compression=LZW), four16[..., :3] >> 8
    yield "tiff-rgb-other-8.tif", tiff(four, 8, RGB, extra=(0,)), four[..., :3]
    yield "tiff-rgb-unnamed-8.tif", tiff(four, 8, RGB), four[..., :3]
    yield "tiff-rgb-alpha-separate-8.tif", tiff(four, 8, RGB, extra=(2,), separate=True, tile=16), four[..., :3]
    yield "tiff-rgb-multiplied-8.tif", tiff(four, 8, RGB, extra=(1,), compression=LZW), None
    yield "tiff-rgb-multiplied-16.tif", tiff(four16, 16, RGB, extra=(1,), compression=LZW), divided(four16)
    two = smooth(19, 21, 2)
    yield "tiff-grey-alpha-8.tif", tiff(two, 8, BLACK, extra=(2,), strip=4), two[..., :1]
    yield "tiff-grey-1x1.tif", tiff(smooth(1, 1, 1), 8, BLACK), None
    yield "tiff-jpeg-grey.tif", tiff(grey, 8, BLACK, compression=JPEG, strip=8), None
    yield "tiff-jpeg-ycbcr.tif", tiff(smooth(40, 33, 3), 8, YCBCR, compression=JPEG, strip=16,
                                      quality={"quality": 90, "subsampling": 2}, more={530: ("H", [2, 2])}), None
    yield "tiff-jpeg-ycbcr-444.tif", tiff(smooth(40, 33, 3), 8, YCBCR, compression=JPEG, tile=16,
                                          quality={"quality": 90, "subsampling": 0}, more={530: ("H", [1, 1])}), None
    stream = io.BytesIO()
    Image.fromarray(smooth(40, 33, 3).astype(np.uint8)).save(stream, "TIFF", compression="jpeg")
    yield "tiff-jpeg-libtiff.tif", stream.getvalue(), None
    for kind in ("tiff_lzw", "tiff_adobe_deflate"):
        stream = io.BytesIO()
        Image.fromarray(smooth(60, 70, 3).astype(np.uint8)).save(stream, "TIFF", compression=kind, tiffinfo={317: 2})
        yield f"tiff-libtiff-{kind[5:8]}.tif", stream.getvalue(), None
    for orientation in range(1, 9):
        samples = smooth(5, 7, 3)
        yield f"tiff-exif-{orientation}.tif", tiff(samples, 8, RGB, orientation=orientation), samples
    yield "tiff-unknown-tag.tif", tiff(rgb, 8, RGB, more={40000: ("I", [1, 2, 3])}), rgb


def refused_tiff_files():
    rgb, grey = smooth(19, 21, 3), smooth(19, 21, 1)
    whole = tiff(rgb, 8, RGB, compression=DEFLATE, strip=8)
    yield "tiff-header-only.tif", whole[:8]
    yield "tiff-nothing-after.tif", b"II*\0\x08\0\0\0"
    yield "tiff-float.tif", tiff(smooth(19, 21, 1, 65535), 16, BLACK, more={339: ("H", [3])})
    yield "tiff-signed.tif", tiff(grey, 8, BLACK, more={339: ("H", [2])})
    yield "tiff-twelve-bits.tif", tiff(grey, 8, BLACK, lie={258: [12]})
    yield "tiff-cmyk.tif", tiff(smooth(19, 21, 4), 8, 5)
    yield "tiff-lab.tif", tiff(rgb, 8, 8)
    yield "tiff-ycbcr-plain.tif", tiff(rgb, 8, YCBCR, more={530: ("H", [1, 1])})
    yield "tiff-fax.tif", tiff(smooth(19, 21, 1, 1), 1, WHITE, lie={259: [4]})
    yield "tiff-unknown-compression.tif", tiff(grey, 8, BLACK, lie={259: [9999]})
    yield "tiff-zero-width.tif", tiff(grey, 8, BLACK, lie={256: [0]})
    yield "tiff-zero-height.tif", tiff(grey, 8, BLACK, lie={257: [0]})
    yield "tiff-bomb.tif", tiff(grey, 8, BLACK, compression=DEFLATE, lie={256: [60000], 257: [60000], 278: [60000]})
    yield "tiff-promise.tif", tiff(grey, 8, BLACK, compression=DEFLATE, lie={256: [13000], 257: [13000], 278: [13000]})
    yield "tiff-many-strips.tif", tiff(grey, 8, BLACK, lie={256: [1], 257: [150000000], 278: [1]})
    yield "tiff-large-tile.tif", tiff(grey, 8, BLACK, tile=32, compression=DEFLATE, lie={322: [65520], 323: [65520]})
    yield "tiff-overlap.tif", tiff(grey, 8, BLACK, strip=1, lie={273: [8] * 19, 279: [399] * 19})
    yield "tiff-strip-outside.tif", tiff(grey, 8, BLACK, strip=10, lie={273: [8, 100000]})
    yield "tiff-strip-long.tif", tiff(grey, 8, BLACK, strip=10, lie={279: [210, 100000]})
    yield "tiff-strip-short.tif", tiff(grey, 8, BLACK, compression=DEFLATE, lie={257: [30], 278: [30]})
    yield "tiff-strip-absent.tif", tiff(grey, 8, BLACK, strip=10, lie={273: [0, 0], 279: [0, 0]})
    yield "tiff-jpeg-progressive.tif", tiff(grey, 8, BLACK, compression=JPEG, quality={"progressive": True})
    damaged = bytearray(whole)
    damaged[60:64] = bytes(b ^ 0x55 for b in damaged[60:64])
    yield "tiff-deflate-damaged.tif", bytes(damaged)
    damaged = bytearray(tiff(smooth(64, 64, 1), 8, BLACK, compression=JPEG))
    middle = 8 + (len(damaged) - 150) * 2 // 3
    damaged[middle:middle + 12] = b"\xff\xd9" * 6
    yield "tiff-jpeg-damaged.tif", bytes(damaged)


# ---------------------------------------------------------------- WebP

def webp(array, mode, **options):
    stream = io.BytesIO()
    Image.fromarray(array.astype(np.uint8), mode).save(stream, "WEBP", **options)
    return stream.getvalue()


def exif(orientation, prefix=b""):
    entries = struct.pack("<HHI4s", 0x010F, 2, 3, b"ab\0\0") + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return prefix + b"II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0)


def webp_files():
    rgb, alpha = smooth(33, 41, 3), smooth(33, 41, 4)
    yield "webp-lossy.webp", webp(rgb, "RGB", quality=80)
    yield "webp-lossy-low.webp", webp(rgb, "RGB", quality=1, method=6)
    yield "webp-lossy-alpha.webp", webp(alpha, "RGBA", quality=80)
    yield "webp-lossless.webp", webp(rgb, "RGB", lossless=True)
    yield "webp-lossless-alpha.webp", webp(alpha, "RGBA", lossless=True, exact=True)
    yield "webp-lossless-palette.webp", webp(np.repeat(smooth(33, 41, 1, 7) * 30, 3, axis=2), "RGB", lossless=True)
    yield "webp-1x1.webp", webp(smooth(1, 1, 3), "RGB", quality=80)
    for orientation in range(1, 9):
        yield (f"webp-exif-{orientation}.webp",
               webp(smooth(5, 7, 3), "RGB", lossless=True, exif=exif(orientation)))
    frames = [Image.fromarray(smooth(33, 41, 3).astype(np.uint8)) for _ in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=80)
    yield "webp-animation.webp", stream.getvalue()
    pixels = webp(smooth(5, 7, 3), "RGB", lossless=True)[12:]
    body = chunk(b"VP8X", b"\x08\0\0\0\6\0\0\4\0\0") + pixels + chunk(b"EXIF", exif(5, b"Exif\0\0"))
    yield "webp-exif-prefix.webp", b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    yield "webp-animation-part.webp", partial_animation(webp(smooth(8, 10, 3), "RGB", lossless=True)[12:])


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def partial_animation(frame):
    """A first frame that leaves a part of the canvas empty."""
    number = lambda value: struct.pack("<I", value)[:3]
    where = number(4 // 2) + number(6 // 2) + number(10 - 1) + number(8 - 1) + number(100) + b"\0"
    body = chunk(b"VP8X", b"\x02\0\0\0" + number(21 - 1) + number(19 - 1))
    body += chunk(b"ANIM", b"\xff\xff\xff\xff\0\0") + chunk(b"ANMF", where + frame)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def refused_webp_files():
    whole = webp(smooth(33, 41, 3), "RGB", lossless=True)
    yield "webp-header-only.webp", whole[:12]
    yield "webp-half.webp", whole[:len(whole) // 2]
    yield "webp-cut-inside.webp", whole[:4] + struct.pack("<I", 192) + whole[8:16] + struct.pack("<I", 180) + whole[20:200]
    yield "webp-no-pixels.webp", b"RIFF" + struct.pack("<I", 4 + 18) + b"WEBP" + chunk(b"VP8X", bytes(10))
    flat = bytearray(webp(np.full((16, 16, 3), 9), "RGB", lossless=True))
    at = flat.index(b"VP8L") + 9
    flat[at:at + 4] = struct.pack("<I", 16382 | 10900 << 14)  # 16383 x 10901 equal pixels
    yield "webp-promise.webp", bytes(flat)
    flat[at:at + 4] = struct.pack("<I", 16382 | 16382 << 14)
    yield "webp-bomb.webp", bytes(flat)


# ---------------------------------------------------------------- the table

# Pillow inverts no 16-bit grey, divides alpha out of 8 bits of 16, does not read a BigTIFF of big-endian order, and takes a palette of 8-bit entries for
# black. What those files mean is expected then.
def pillow(data):
    image = Image.open(io.BytesIO(data))
    image._tile_orientation = None  # TIFF is turned on request only, as the others are
    image.load()
    if image.mode.startswith("I"):
        return Image.fromarray(((np.array(image).astype(np.int64) + 128) // 257).astype(np.uint8))
    return image


def shortest(data):
    """The shortest beginning of a file that Pillow reads."""
    def accepted(size):
        try:
            pillow(data[:size]).convert("RGB")
            return True
        except Exception:
            return False
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if accepted(middle) else (middle + 1, high)
    return low


def expected(name, data, meant):
    try:
        image = pillow(data)
        rgb, grey = np.array(image.convert("RGB")), np.array(image.convert("L"))
    except Exception as problem:
        print(f"{name}: Pillow: {problem}")
        rgb = None
    if meant is None:
        return rgb, grey
    meant = np.repeat(meant, 3, axis=2) if meant.shape[2] == 1 else meant
    if rgb is None or not np.array_equal(rgb, meant):
        print(f"{name}: the pixels are those that the file means, which are not Pillow's")
        rgb = meant.astype(np.uint8)
        grey = np.array(Image.fromarray(rgb).convert("L"))
    return rgb, grey


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name in os.listdir(FOLDER):
        os.unlink(os.path.join(FOLDER, name))
    lines = ["# Written by tests/oracle/tiff_webp.py; the form is that of tests/golden/images/expected.txt."]
    files = [*tiff_files(), *((name, data, None) for name, data in webp_files())]
    for name, data, meant in files:
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        rgb, grey = expected(name, data, meant)
        lines.append(f"decode {name} {rgb.shape[1]} {rgb.shape[0]} {sha(rgb)} {sha(grey)} {shortest(data)}")
        if "-exif-" in name:
            turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data))) if "webp" in name else Image.open(
                io.BytesIO(data))
            lines.append(f"turn {name} {sha(np.array(turned.convert('RGB')))}")
    for name, data in [*refused_tiff_files(), *refused_webp_files()]:
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        lines.append(f"refuse {name}")
    with open(os.path.join(FOLDER, "expected.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
