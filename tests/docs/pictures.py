"""The pictures of the course: packed for the tree, and whether two of them show the same, PNG files pixel by pixel and
SVG files text by text."""

import collections
import os
import struct
import zlib

import numbered

MEAN_DIFFERENCE = 3  # of 255, over all pixels
DRAWN = numbered.Tolerance(0.1, 8, 8)  # coordinates of a drawing, whose plots are 480 wide
WIDEST = 1200
LARGEST = 100 * 1024


class Unreadable(Exception):
    pass


def chunks(data):
    """The kinds and bodies of a PNG's chunks."""
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def read_png(path):
    """width, height and the RGB samples of a PNG of 8 bits that is not interlaced."""
    data = read_bytes(path)
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Unreadable(f"{path} is no PNG")
    packed, palette = b"", b""
    for kind, body in chunks(data):
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif kind == b"PLTE":
            palette = body
        elif kind == b"IDAT":
            packed += body
    channels = {0: 1, 2: 3, 3: 1}.get(color)
    if depth != 8 or not channels or interlaced:
        raise Unreadable(f"{path} is not a PNG of 8 bits in grey, RGB or a palette")
    samples = unfilter(zlib.decompress(packed), width * channels, height, channels)
    if color == 3:
        samples = b"".join(palette[3 * i : 3 * i + 3] for i in samples)
    elif color == 0:
        samples = bytes(value for value in samples for _ in range(3))
    return width, height, samples


def write_png(path, width, height, palette, indices):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + indices[y * width : (y + 1) * width] for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
                   + chunk(b"PLTE", b"".join(palette)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def median_cut(counts, most):
    """For each colour one of at most `most`: boxes of colours are halved, those of the largest spread first."""
    boxes = [list(counts)]
    while len(boxes) < most:
        spreads = [max((max(c[i] for c in box) - min(c[i] for c in box)) * sum(counts[c] for c in box) ** 0.5
                       for i in range(3)) for box in boxes]
        widest = max(range(len(boxes)), key=spreads.__getitem__)
        if spreads[widest] == 0:
            break
        box = boxes.pop(widest)
        axis = max(range(3), key=lambda i: max(c[i] for c in box) - min(c[i] for c in box))
        box.sort(key=lambda c: c[axis])
        half, so_far, cut = sum(counts[c] for c in box) / 2, 0, 0
        while cut < len(box) - 1 and (so_far < half or cut == 0):
            so_far += counts[box[cut]]
            cut += 1
        boxes += [box[:cut], box[cut:]]
    palette, chosen = [], {}
    for number, box in enumerate(boxes):
        weight = sum(counts[c] for c in box)
        palette.append(bytes(round(sum(c[i] * counts[c] for c in box) / weight) for i in range(3)))
        chosen.update((c, number) for c in box)
    return palette, chosen


def pack(made, kept):
    """Copies a picture into the tree; one that is too large with fewer colours."""
    data = read_bytes(made)
    if kept.endswith(".png") and len(data) > LARGEST:
        width, height, samples = read_png(made)
        pixels = [samples[i : i + 3] for i in range(0, len(samples), 3)]
        counts = collections.Counter(bytes(pixel) for pixel in pixels)
        for colors in (256, 128, 64, 32):
            palette, chosen = median_cut(counts, colors)
            write_png(kept, width, height, palette, bytes(chosen[bytes(pixel)] for pixel in pixels))
            if os.path.getsize(kept) <= LARGEST:
                break
    else:
        with open(kept, "wb") as file:
            file.write(data)


def unfilter(raw, row_size, height, step):
    """The samples behind the filters of the PNG specification, section 9."""
    above, out = bytearray(row_size), bytearray()
    for row in range(height):
        kind = raw[row * (row_size + 1)]
        line = bytearray(raw[row * (row_size + 1) + 1 : (row + 1) * (row_size + 1)])
        if kind == 1:
            for i in range(step, row_size):
                line[i] = (line[i] + line[i - step]) & 255
        elif kind == 2:
            line = bytearray((a + b) & 255 for a, b in zip(line, above))
        elif kind == 3:
            for i in range(row_size):
                left = line[i - step] if i >= step else 0
                line[i] = (line[i] + (left + above[i]) // 2) & 255
        elif kind == 4:
            for i in range(row_size):
                left, corner = (line[i - step], above[i - step]) if i >= step else (0, 0)
                up = above[i]
                a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                line[i] = (line[i] + (left if a <= b and a <= c else up if b <= c else corner)) & 255
        out += line
        above = line
    return out


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def difference(kept, made):
    """What differs between the picture in the tree and the one just made, or None."""
    if read_bytes(kept) == read_bytes(made):
        return None
    if kept.endswith(".svg"):
        with open(kept, encoding="utf-8") as a, open(made, encoding="utf-8") as b:
            return None if numbered.same(a.read(), b.read(), DRAWN) else "the drawing differs"
    try:
        width, height, a = read_png(kept)
        other_width, other_height, b = read_png(made)
    except (Unreadable, zlib.error, struct.error, TypeError, UnboundLocalError) as error:
        return str(error)
    if (width, height) != (other_width, other_height):
        return f"{width}x{height} in the tree, {other_width}x{other_height} now"
    mean = sum(abs(x - y) for x, y in zip(a, b)) / len(a)
    return None if mean <= MEAN_DIFFERENCE else f"pixels differ by {mean:.1f} of 255 on average"


def too_large(path):
    """What is wrong with the size of a picture of the tree, or None."""
    size = len(read_bytes(path))
    if size > LARGEST:
        return f"{size} bytes, more than {LARGEST}"
    if path.endswith(".png"):
        width = struct.unpack(">I", read_bytes(path)[16:20])[0]
        if width > WIDEST:
            return f"{width} pixels wide, more than {WIDEST}"
    return None
