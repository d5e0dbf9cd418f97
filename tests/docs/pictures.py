"""Whether two pictures show the same: PNG files pixel by pixel, SVG files text by text."""

import struct
import zlib

import numbered

MEAN_DIFFERENCE = 3  # of 255, over all pixels
WIDEST = 1200
LARGEST = 60 * 1024


class Unreadable(Exception):
    pass


def read_png(path):
    """width, height, channels and the samples of an 8-bit PNG that is not interlaced."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Unreadable(f"{path} is no PNG")
    at, packed, header = 8, b"", None
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height, depth, color, _, _, interlaced = header
    channels = {0: 1, 2: 3, 4: 2, 6: 4}.get(color)
    if depth != 8 or not channels or interlaced:
        raise Unreadable(f"{path} is not a grey or RGB PNG of 8 bits")
    return width, height, channels, unfilter(zlib.decompress(packed), width * channels, height, channels)


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
            return None if numbered.same(a.read(), b.read()) else "the drawing differs"
    try:
        width, height, channels, a = read_png(kept)
        other_width, other_height, other_channels, b = read_png(made)
    except (Unreadable, zlib.error, struct.error, TypeError) as error:
        return str(error)
    if (width, height, channels) != (other_width, other_height, other_channels):
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
