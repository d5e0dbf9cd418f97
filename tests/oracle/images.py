#!/usr/bin/python3
"""Image files and what Pillow and torchvision make of them, for tests/test_images.c.

Writes tests/golden/images/: small PNG, JPEG and BMP files of every kind, by Pillow or, where Pillow cannot write them,
byte by byte; expected.txt, a line a check; and, with the shared data at hand, real.txt for files that stay there.
Hashes are the SHA-256 of the raw pixels (uint8, rows from the top) or of float32 tensors (little-endian).

    /usr/bin/python3 tests/oracle/images.py [SHARED]
"""
import hashlib
import io
import os
import struct
import sys
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps
from torchvision import transforms

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "images")
warnings.simplefilter("ignore")
random = np.random.default_rng(20240607)


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def smooth(height, width, channels, top=255):
    """Waves and a little noise: compressible, and no two pixels alike for long."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    wave = 0.5 + 0.4 * np.sin(x * (0.31 + 0.07 * c) + y * 0.17 + c) * np.cos(y * 0.23 - x * 0.05 * c)
    return np.clip(wave * top + random.normal(0, top * 0.03, wave.shape), 0, top).astype(np.int64)


# ---------------------------------------------------------------- PNG, byte by byte

def chunk(kind, data, checksum=None):
    crc = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def pack_rows(samples, depth):
    """[h, w, n] samples to the bytes of each row."""
    height = samples.shape[0]
    flat = samples.reshape(height, -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in flat]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in flat]
    bits = (flat[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return [np.packbits(row.astype(np.uint8)).tobytes() for row in bits.reshape(height, -1)]


def filtered(rows, step):
    """Each row under the next of the five filters."""
    out, before = b"", bytes(len(rows[0])) if rows else b""
    for index, row in enumerate(rows):
        kind, coded = index % 5, bytearray()
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b, c = before[i], before[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            coded.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        out += bytes([kind]) + bytes(coded)
        before = row
    return out


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, depth, colour, interlaced=False, before=b"", between=b"", pieces=1, trailer=b"", crc=None):
    height, width, channels = samples.shape
    step = max(1, depth * channels // 8)
    if interlaced:
        raw = b""
        for x, y, dx, dy in ADAM7:
            part = samples[y::dy, x::dx]
            raw += filtered(pack_rows(part, depth), step) if part.size else b""
    else:
        raw = filtered(pack_rows(samples, depth), step)
    data = zlib.compress(raw, 9)
    size = -(-len(data) // pieces)
    parts = between.join(chunk(b"IDAT", data[i:i + size], crc) for i in range(0, len(data), size))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + parts + chunk(b"IEND", b"") + trailer)


def palette(count):
    return chunk(b"PLTE", random.integers(0, 256, 3 * count, dtype=np.uint8).tobytes())


def exif(orientation, big_endian):
    order = ">" if big_endian else "<"
    head = b"MM\0*" if big_endian else b"II*\0"
    entries = struct.pack(order + "HHI4s", 0x010F, 2, 3, b"ab\0\0")
    entries += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return head + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 0)


def png_files():
    kinds = [(d, 0, 1) for d in (1, 2, 4, 8, 16)] + [(d, 3, 1) for d in (1, 2, 4, 8)]
    kinds += [(8, 2, 3), (16, 2, 3), (8, 4, 2), (16, 4, 2), (8, 6, 4), (16, 6, 4)]
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "grey-alpha", 6: "rgb-alpha"}
    for depth, colour, channels in kinds:
        top = 2**depth - 1
        before = palette(min(top + 1, 200)) if colour == 3 else b""
        for interlaced in (False, True):
            samples = smooth(9, 13, channels, top if colour != 3 else min(top, 199))
            name = f"png-{names[colour]}-{depth}{'-interlaced' if interlaced else ''}.png"
            yield name, png(samples, depth, colour, interlaced, before)
    for height, width in ((1, 1), (1, 9), (9, 1), (2, 3), (5, 4), (3, 5)):
        yield f"png-rgb-8-{width}x{height}.png", png(smooth(height, width, 3), 8, 2)
        yield f"png-rgb-8-{width}x{height}-interlaced.png", png(smooth(height, width, 3), 8, 2, True)
        yield f"png-grey-1-{width}x{height}-interlaced.png", png(smooth(height, width, 1, 1), 1, 0, True)
    yield "png-palette-short.png", png(smooth(9, 13, 1, 255), 8, 3, False, palette(20))
    alpha = chunk(b"tRNS", bytes(range(0, 200, 2)))
    yield "png-palette-long.png", png(smooth(9, 13, 1, 15), 4, 3, False, palette(256))
    yield "png-palette-alpha.png", png(smooth(9, 13, 1, 199), 8, 3, False, palette(200) + alpha)
    yield "png-palette-one-clear.png", png(smooth(9, 13, 1, 3), 2, 3, False, palette(4) + chunk(b"tRNS", b"\xff\xff\0"))
    yield "png-grey-clear.png", png(smooth(9, 13, 1), 8, 0, False, chunk(b"tRNS", b"\0\x80"))
    yield "png-grey-1-clear.png", png(smooth(9, 13, 1, 1), 1, 0, False, chunk(b"tRNS", b"\0\1"))
    yield "png-grey-16-clear.png", png(smooth(9, 13, 1, 65535), 16, 0, False, chunk(b"tRNS", b"\x80\0"))
    yield "png-rgb-clear.png", png(smooth(9, 13, 3), 8, 2, False, chunk(b"tRNS", b"\0\x80\0\x80\0\x80"))
    yield "png-rgb-palette.png", png(smooth(9, 13, 3), 8, 2, False, palette(7))
    yield "png-pieces.png", png(smooth(9, 13, 3), 8, 2, pieces=5)
    yield "png-empty-pieces.png", png(smooth(9, 13, 3), 8, 2, pieces=3, between=chunk(b"IDAT", b""))
    yield "png-trailing.png", png(smooth(9, 13, 3), 8, 2, trailer=b"and more")
    odd = chunk(b"gAMA", bytes(4)) + palette(3) + chunk(b"sBIT", b"\x09") + chunk(b"tIME", bytes(7)) * 2
    yield "png-odd-chunks.png", png(smooth(9, 13, 3), 8, 2, before=odd)
    yield "png-pixels-checksum.png", png(smooth(9, 13, 3), 8, 2, pieces=2, crc=12345)
    for orientation in (3, 6):
        yield f"png-exif-{orientation}.png", png(smooth(5, 7, 3), 8, 2, before=chunk(b"eXIf", exif(orientation, True)))
    yield "pattern.png", png(smooth(61, 83, 3), 8, 2)
    yield "pattern-grey.png", png(smooth(97, 40, 1), 8, 0)
    mask = (smooth(70, 90, 1, 255) > 128) * 255
    yield "mask.png", png(mask, 8, 0)


def refused_png_files():
    rgb = smooth(9, 13, 3)
    whole = png(rgb, 8, 2)
    yield "png-header-checksum.png", whole[:29] + b"\0\0\0\0" + whole[33:]
    yield "png-comment-checksum.png", png(rgb, 8, 2, before=chunk(b"tEXt", b"a\0b", 1))
    yield "png-no-palette.png", png(smooth(9, 13, 1), 8, 3)
    yield "png-no-pixels.png", whole[:33] + chunk(b"IEND", b"")
    yield "png-rows-missing.png", whole[:33] + png(rgb[:5], 8, 2)[33:]
    yield "png-data.png", whole[:45] + b"\xff\xff\xff" + whole[48:]
    yield "png-filter.png", whole[:33] + chunk(b"IDAT", zlib.compress(b"\x07" + bytes(400))) + whole[-12:]
    for name, width, height in (("zero-width", 0, 5), ("zero-height", 5, 0), ("huge", 2**31 - 1, 2**31 - 1),
                                ("over", 2**31, 2**31), ("bomb", 60000, 60000), ("promise", 13000, 13000)):
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        yield f"png-{name}.png", whole[:8] + chunk(b"IHDR", header) + whole[33:]
    for name, depth, colour in (("depth", 3, 0), ("palette-16", 16, 3), ("colour", 8, 5)):
        header = struct.pack(">IIBBBBB", 13, 9, depth, colour, 0, 0, 0)
        yield f"png-{name}.png", whole[:8] + chunk(b"IHDR", header) + whole[33:]


# ---------------------------------------------------------------- JPEG

def jpeg(array, mode, **options):
    stream = io.BytesIO()
    if "exif" in options:
        options["exif"] = b"Exif\0\0" + options["exif"]
    Image.fromarray((array[..., 0] if mode == "L" else array).astype(np.uint8), mode).save(stream, "JPEG", **options)
    return stream.getvalue()


def segments(data):
    """The markers up to the first scan as (kind, bytes), and the rest."""
    out, at = [], 2
    while data[at + 1] != 0xDA:
        size = 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        out.append((data[at + 1], data[at:at + size]))
        at += size
    return out, data[at:]


def with_adobe(data, transform):
    """The file without JFIF and Adobe marks, then with an Adobe mark of that transform, unless it is None."""
    head, rest = segments(data)
    body = b"".join(part for kind, part in head if kind not in (0xE0, 0xEE))
    mark = b"" if transform is None else b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])
    return b"\xff\xd8" + mark + body + rest


def with_restarts(data, interval):
    """A restart interval announced but not kept, as where bytes were lost: the decoder makes up what is absent."""
    head, rest = segments(data)
    return b"\xff\xd8" + b"".join(p for _, p in head) + b"\xff\xdd\0\4" + struct.pack(">H", interval) + rest


def jpeg_files():
    for height, width in ((1, 1), (8, 8), (17, 33)):
        rgb, grey = smooth(height, width, 3), smooth(height, width, 1)
        size = f"{width}x{height}"
        if height > 1 and width > 1:
            yield f"jpeg-grey-{size}.jpg", jpeg(grey, "L", quality=80)
            yield f"jpeg-grey-progressive-{size}.jpg", jpeg(grey, "L", quality=80, progressive=True)
        for subsampling in (0, 1, 2):
            yield f"jpeg-rgb-{subsampling}-{size}.jpg", jpeg(rgb, "RGB", quality=85, subsampling=subsampling)
            yield (f"jpeg-rgb-progressive-{subsampling}-{size}.jpg",
                   jpeg(rgb, "RGB", quality=85, subsampling=subsampling, progressive=True))
    rgb, cmyk = smooth(17, 33, 3), smooth(17, 33, 4)
    yield "jpeg-optimised.jpg", jpeg(rgb, "RGB", optimize=True)
    yield "jpeg-quality-1.jpg", jpeg(rgb, "RGB", quality=1)
    yield "jpeg-quality-100.jpg", jpeg(rgb, "RGB", quality=100)
    yield "jpeg-cmyk.jpg", jpeg(cmyk, "CMYK", quality=85)
    yield "jpeg-cmyk-progressive.jpg", jpeg(cmyk, "CMYK", quality=85, progressive=True)
    yield "jpeg-cmyk-plain.jpg", with_adobe(jpeg(cmyk, "CMYK", quality=85), None)
    yield "jpeg-ycck.jpg", with_adobe(jpeg(cmyk, "CMYK", quality=85), 2)
    yield "jpeg-rgb-stored.jpg", with_adobe(jpeg(rgb, "RGB", quality=90, subsampling=0), 0)
    yield "jpeg-ycc-adobe.jpg", with_adobe(jpeg(rgb, "RGB", quality=90, subsampling=0), 1)
    yield "jpeg-ycc-unmarked.jpg", with_adobe(jpeg(rgb, "RGB", quality=90), None)
    yield "jpeg-restarts-missing.jpg", with_restarts(jpeg(rgb, "RGB", quality=85), 2)
    yield "jpeg-trailing.jpg", jpeg(rgb, "RGB") + b"and more"
    early = jpeg(rgb, "RGB", quality=85)
    yield "jpeg-early-end.jpg", early[:-200] + b"\xff\xd9"
    for orientation in range(1, 9):
        data = jpeg(smooth(5, 7, 3), "RGB", quality=90, exif=exif(orientation, orientation % 2 == 0))
        yield f"jpeg-exif-{orientation}.jpg", data


def refused_jpeg_files():
    whole = jpeg(smooth(17, 33, 3), "RGB", quality=85)
    frame = whole.index(b"\xff\xc0")
    yield "jpeg-half.jpg", whole[:len(whole) // 2]
    yield "jpeg-twelve-bits.jpg", whole[:frame + 4] + b"\x0c" + whole[frame + 5:]
    yield "jpeg-zero-height.jpg", whole[:frame + 5] + b"\0\0" + whole[frame + 7:]
    yield "jpeg-zero-width.jpg", whole[:frame + 7] + b"\0\0" + whole[frame + 9:]
    yield "jpeg-bomb.jpg", whole[:frame + 5] + b"\xff\xdc\xff\xdc" + whole[frame + 9:]
    yield "jpeg-lossless.jpg", whole[:frame + 1] + b"\xc3" + whole[frame + 2:]
    yield "jpeg-no-tables.jpg", whole.replace(b"\xff\xdb", b"\xff\xec")
    yield "jpeg-start-only.jpg", b"\xff\xd8\xff"
    two = jpeg(smooth(8, 8, 1), "L")
    frame = two.index(b"\xff\xc0")
    parts = b"\xff\xc0\0\x0e\x08\0\x08\0\x08\x02\x01\x11\0\x02\x11\0"
    yield "jpeg-two-components.jpg", two[:frame] + parts + two[frame + 13:]
    slow = jpeg(smooth(8, 8, 1) * 0 + 90, "L", progressive=True)  # the last scan adds nothing, however often
    yield "jpeg-scans.jpg", slow[:-2] + slow[slow.rindex(b"\xff\xda"):-2] * 120 + b"\xff\xd9"


# ---------------------------------------------------------------- BMP, byte by byte

def bmp(size, bits, pixels, header=40, compression=0, colours=0, table=b"", masks=b"", offset=None):
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 2835, 2835,
                           colours, 0)
        info += masks if header > 40 else b""
        info += bytes(header - len(info))
    tail = (masks if header == 40 else b"") + table
    start = 14 + len(info) + len(tail) if offset is None else offset
    return b"BM" + struct.pack("<IHHI", 14 + len(info) + len(tail) + len(pixels), 0, 0, start) + info + tail + pixels


def bmp_rows(samples, bits):
    """Rows as stored, each padded to four bytes."""
    return b"".join(row + bytes(-len(row) % 4) for row in pack_rows(samples, bits))


def little(values, bits):
    rows = [row.astype("<u%d" % (bits // 8)).tobytes() for row in values]
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def bmp_files():
    size, colours = (13, 9), lambda n, step=4: random.integers(0, 256, (n, step), dtype=np.uint8).tobytes()
    for bits in (1, 4, 8):
        rows = bmp_rows(smooth(9, 13, 1, 2**bits - 1), bits)
        yield f"bmp-{bits}.bmp", bmp(size, bits, rows, table=colours(2**bits))
        yield f"bmp-{bits}-os2.bmp", bmp(size, bits, rows, header=12, table=colours(2**bits, 3))
        yield f"bmp-{bits}-top-down.bmp", bmp((13, -9), bits, rows, table=colours(2**bits))
        yield f"bmp-{bits}-offset-zero.bmp", bmp(size, bits, rows, table=colours(2**bits), offset=0)
        yield f"bmp-{bits}-offset-header.bmp", bmp(size, bits, rows, table=colours(2**bits), offset=54)
    eight = bmp_rows(smooth(9, 13, 1, 255), 8)
    ramp = lambda n: np.repeat(np.arange(n, dtype=np.uint8)[:, None], 4, 1).tobytes()
    yield "bmp-8-grey.bmp", bmp(size, 8, eight, table=ramp(256))
    yield "bmp-8-grey-short.bmp", bmp(size, 8, eight, colours=100, table=ramp(100))
    yield "bmp-8-short.bmp", bmp(size, 8, eight, colours=100, table=colours(100))
    one = bmp_rows(smooth(9, 13, 1, 1), 1)
    yield "bmp-1-black-white.bmp", bmp(size, 1, one, table=b"\0\0\0\0\xff\xff\xff\0")
    yield "bmp-1-white-black.bmp", bmp(size, 1, one, table=b"\xff\xff\xff\0\0\0\0\0")
    yield "bmp-24.bmp", bmp(size, 24, bmp_rows(smooth(9, 13, 3), 8))
    yield "bmp-24-os2.bmp", bmp(size, 24, bmp_rows(smooth(9, 13, 3), 8), header=12)
    yield "bmp-24-1x1.bmp", bmp((1, 1), 24, bmp_rows(smooth(1, 1, 3), 8))
    yield "bmp-24-top-down-v5.bmp", bmp((13, -9), 24, bmp_rows(smooth(9, 13, 3), 8), header=124)
    yield "bmp-24-v2-os2.bmp", bmp(size, 24, bmp_rows(smooth(9, 13, 3), 8), header=64)
    yield "bmp-24-unpadded.bmp", bmp(size, 24, bmp_rows(smooth(9, 13, 3), 8))[:-1]
    yield "bmp-24-trailing.bmp", bmp(size, 24, bmp_rows(smooth(9, 13, 3), 8)) + b"and more"
    fields = lambda *values: struct.pack("<%dI" % len(values), *values)
    words = random.integers(0, 2**16, (9, 13))
    longs = random.integers(0, 2**32, (9, 13))
    yield "bmp-16.bmp", bmp(size, 16, little(words, 16))
    yield "bmp-16-565.bmp", bmp(size, 16, little(words, 16), compression=3, masks=fields(0xF800, 0x7E0, 0x1F))
    yield "bmp-16-555.bmp", bmp(size, 16, little(words, 16), compression=3, masks=fields(0x7C00, 0x3E0, 0x1F))
    yield "bmp-16-565-v4.bmp", bmp(size, 16, little(words, 16), 108, 3, masks=fields(0xF800, 0x7E0, 0x1F, 0))
    yield "bmp-16-offset-zero.bmp", bmp(size, 16, little(words, 16), offset=0)
    yield ("bmp-16-565-offset-zero.bmp",
           bmp(size, 16, little(words, 16), 40, 3, masks=fields(0xF800, 0x7E0, 0x1F), offset=0))
    yield "bmp-8-colours-lie.bmp", bmp(size, 8, eight, colours=290, table=colours(60), offset=54 + 240)
    yield "bmp-32.bmp", bmp(size, 32, little(longs, 32))
    yield "bmp-32-fields.bmp", bmp(size, 32, little(longs, 32), 40, 3, masks=fields(0xFF0000, 0xFF00, 0xFF))
    yield "bmp-32-fields-high.bmp", bmp(size, 32, little(longs, 32), 40, 3, masks=fields(0xFF000000, 0xFF0000, 0xFF00))
    for name, mask in (("bgra", (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), ("abgr", (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
                       ("rgba", (0xFF, 0xFF00, 0xFF0000, 0xFF000000)), ("none", (0, 0, 0, 0))):
        yield f"bmp-32-{name}-v5.bmp", bmp(size, 32, little(longs, 32), 124, 3, masks=fields(*mask))
    rle8 = bytes([5, 7, 0, 6, 1, 2, 3, 4, 5, 6, 2, 9, 0, 0]) + bytes([0, 3, 7, 8, 9, 0, 4, 1, 0, 0])
    rle8 += bytes([7, 77, 0, 0]) + bytes([20, 3, 0, 0]) * 7 + bytes([0, 1])
    yield "bmp-rle8.bmp", bmp(size, 8, rle8, compression=1, table=colours(256))
    yield "bmp-rle8-grey.bmp", bmp(size, 8, rle8, compression=1, table=ramp(256))
    rle4 = bytes([5, 0x7A, 0, 6, 0x12, 0x34, 0x56, 0, 2, 0x9F, 0, 0]) + bytes([0, 4, 0x78, 0x90, 0, 0])
    rle4 += bytes([7, 0x71, 0, 0]) + bytes([20, 0x3C, 0, 0]) * 7 + bytes([0, 1])
    yield "bmp-rle4.bmp", bmp(size, 4, rle4, compression=2, table=colours(16))


def refused_bmp_files():
    rows = bmp_rows(smooth(9, 13, 3), 8)
    eight, table = bmp_rows(smooth(9, 13, 1), 8), bytes(range(256)) * 4
    yield "bmp-header.bmp", bmp((13, 9), 24, rows, header=52)
    yield "bmp-bits.bmp", bmp((13, 9), 2, rows)
    yield "bmp-compression.bmp", bmp((13, 9), 24, rows, compression=4)
    yield "bmp-rle-24.bmp", bmp((13, 9), 24, rows, compression=1)
    yield "bmp-fields.bmp", bmp((13, 9), 16, rows, compression=3, masks=struct.pack("<III", 1, 2, 4))
    yield "bmp-zero-width.bmp", bmp((0, 9), 24, rows)
    yield "bmp-zero-height.bmp", bmp((13, 0), 24, rows)
    yield "bmp-bomb.bmp", bmp((60000, 60000), 24, rows)
    yield "bmp-colours.bmp", bmp((13, 9), 8, eight, colours=100000, table=table)
    yield "bmp-offset.bmp", bmp((13, 9), 24, rows, offset=5000)
    yield "bmp-rle8-short.bmp", bmp((13, 9), 8, bytes([13, 5, 0, 0, 0, 1]), compression=1, table=table)


# ---------------------------------------------------------------- the table

def pillow(data, mode):
    image = Image.open(io.BytesIO(data))
    if image.mode.startswith("I"):  # the named deviation: 16-bit grey is divided by 257, not clipped
        values = (np.array(image).astype(np.int64) + 128) // 257
        image = Image.fromarray(values.astype(np.uint8))
    return np.array(image.convert(mode))


# What is absent Pillow takes for black, and what is damaged in the middle it shows as it comes: a photograph with a hole
# in it is worse than none. A file of endless scans keeps a core busy for as long as its writer likes.
READ_BY_PILLOW = ("png-no-palette.png", "png-rows-missing.png", "png-pixels-checksum.png", "jpeg-scans.jpg",
                  "jpeg-early-end.jpg", "jpeg-restarts-missing.jpg")


def accepted(data):
    try:
        pillow(data, "RGB")
        return True
    except Exception:
        return False


def shortest(data):
    """The shortest beginning of a file that Pillow reads; it reads every longer one too."""
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if accepted(data[:middle]) else (middle + 1, high)
    return low


def resized(image, width, height):
    return sha(np.array(image.resize((width, height), Image.BILINEAR)))


def size_text(size):
    return str(size) if isinstance(size, int) else "x".join(map(str, size))


def transformed(image, resize, crop, fit):
    """resize: the short side, or (height, width); crop: the side of a square, or (height, width)."""
    whole = (crop, crop) if isinstance(crop, int) else crop
    geometry = [transforms.Resize(whole)] if fit == "squash" else [transforms.Resize(resize),
                                                                   transforms.CenterCrop(crop)]
    normalise = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    tensor = transforms.Compose(geometry + [transforms.ToTensor(), normalise])(image.convert("RGB"))
    mask = transforms.Compose(geometry + [transforms.ToTensor()])(image.convert("L"))[0] > 0.5
    return sha(tensor.numpy().astype("<f4")), sha(mask.numpy().astype(np.uint8))


def main():
    shared = sys.argv[1] if len(sys.argv) > 1 else "../shared"
    os.makedirs(FOLDER, exist_ok=True)
    for name in os.listdir(FOLDER):
        if name != "real.txt":
            os.unlink(os.path.join(FOLDER, name))
    lines = ["# Written by tests/oracle/images.py. decode: file width height rgb grey shortest; turn: file rgb;",
             "# resize: file width height rgb grey; transform: file resize crop fit tensor mask; refuse: file"]
    for name, data in [*png_files(), *jpeg_files(), *bmp_files()]:
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        if name in READ_BY_PILLOW:
            lines.append(f"refuse {name}")
            continue
        rgb, grey = pillow(data, "RGB"), pillow(data, "L")
        lines.append(f"decode {name} {rgb.shape[1]} {rgb.shape[0]} {sha(rgb)} {sha(grey)} {shortest(data)}")
        if "-exif-" in name:
            lines.append(f"turn {name} {sha(np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))}")
    for name, data in [*refused_png_files(), *refused_jpeg_files(), *refused_bmp_files()]:
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        assert not accepted(data) or name in READ_BY_PILLOW, name
        lines.append(f"refuse {name}")
    sizes = [(1, 1), (2, 2), (3, 7), (7, 3), (83, 61), (82, 61), (83, 60), (61, 83), (40, 97), (41, 48), (20, 24),
             (166, 122), (200, 31), (31, 200), (1, 200), (200, 1), (83, 1), (1, 61), (256, 188), (5, 300), (224, 224)]
    for name in ("pattern.png", "pattern-grey.png", "png-rgb-8-1x1.png", "png-rgb-8-9x1.png", "png-rgb-8-1x9.png"):
        image = Image.open(os.path.join(FOLDER, name))
        for width, height in sizes:
            both = [resized(image.convert(mode), width, height) for mode in ("RGB", "L")]
            lines.append(f"resize {name} {width} {height} {both[0]} {both[1]}")
    geometries = [(64, 56), (65, 56), (64, 57), (65, 57), (61, 61), (40, 50), (41, 50), (30, 90), (31, 90), (100, 33),
                  (1, 1), (1, 2), (2, 1), (3, 224), (83, 83), (66, 56), (67, 56), (68, 57),
                  (64, (56, 80)), (65, (57, 64)), (64, (57, 100)), (40, (90, 30)), ((61, 83), (56, 79)),
                  ((96, 192), (80, 176)), ((97, 192), (80, 177)), ((192, 96), (176, 80)), ((50, 50), (50, 33)),
                  ((40, 100), (56, 57)), ((1, 1), (3, 5)), ((200, 31), 57)]
    for name in ("pattern.png", "pattern-grey.png", "mask.png", "png-rgb-8-1x1.png", "png-rgb-8-9x1.png"):
        image = Image.open(os.path.join(FOLDER, name))
        for resize, crop in geometries:
            for fit in ("crop", "squash"):
                tensor, mask = transformed(image, resize, crop, fit)
                lines.append(f"transform {name} {size_text(resize)} {size_text(crop)} {fit} {tensor} {mask}")
    with open(os.path.join(FOLDER, "expected.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")

    if not os.path.isdir(os.path.join(shared, "data")):
        return
    real = ["# Written by tests/oracle/images.py. file width height rgb grey resized tensor-256-224 tensor-329-288 mask"]
    base = os.path.join(shared, "data")
    names = [os.path.relpath(os.path.join(folder, name), base) for folder, _, files in os.walk(base) for name in files
             if name.lower().endswith((".png", ".jpg", ".jpeg"))]
    groups = {}
    for name in sorted(names):
        groups.setdefault(os.path.dirname(name), []).append(name)
    for _, members in sorted(groups.items()):
        for name in members[::max(1, len(members) // 2)][:2]:
            image = Image.open(os.path.join(base, name))
            rgb = image.convert("RGB")
            small = transforms.Resize(256)(rgb)
            tensor, mask = transformed(image, 256, 224, "crop")
            large, _ = transformed(image, 329, 288, "crop")
            real.append(f"{name} {image.width} {image.height} {sha(np.array(rgb))} {sha(np.array(image.convert('L')))} "
                        f"{sha(np.array(small))} {tensor} {large} {mask}")
    with open(os.path.join(FOLDER, "real.txt"), "w") as file:
        file.write("\n".join(real) + "\n")


main()
