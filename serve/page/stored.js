// A photograph as it is stored. Browsers turn it as its EXIF data say, and can no longer be told not to; detectors do so
// only where they were trained so (--orientation exif).

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif"

/** Where the EXIF segments of a JPEG file are: [begin, end] each; none of another file. */
function exifSegments(bytes) {
  const segments = [];
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return segments;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const end = at + 2 + 256 * bytes[at + 2] + bytes[at + 3];
    if (bytes[at + 1] === 0xe1 && EXIF.every((byte, i) => bytes[at + 4 + i] === byte)) segments.push([at, end]);
    at = end;
  }
  return segments;
}

/** The file without them, for createImageBitmap. */
export async function withoutExif(file) {
  const parts = [];
  let at = 0;
  for (const [begin, end] of exifSegments(new Uint8Array(await file.arrayBuffer()))) {
    parts.push(file.slice(at, begin));
    at = end;
  }
  return at === 0 ? file : new Blob([...parts, file.slice(at)], { type: file.type });
}
