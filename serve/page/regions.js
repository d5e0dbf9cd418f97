// The connected parts of a map, by sides or corners, where it is at or above a level: what sn_detection_regions gives
// (api/regions.c), in the photograph's pixels, the largest score first.

function fill(map, width, height, level, seen, start) {
  const part = { left: width, top: height, right: 0, bottom: 0, pixels: 0, score: -Infinity };
  const waiting = [start];
  seen[start] = 1;
  while (waiting.length > 0) {
    const at = waiting.pop();
    const x = at % width;
    const y = (at - x) / width;
    part.left = Math.min(part.left, x);
    part.top = Math.min(part.top, y);
    part.right = Math.max(part.right, x);
    part.bottom = Math.max(part.bottom, y);
    part.score = Math.max(part.score, map[at]);
    part.pixels++;
    for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, height - 1); j++)
      for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, width - 1); i++) {
        const next = j * width + i;
        if (seen[next] || map[next] < level) continue;
        seen[next] = 1;
        waiting.push(next);
      }
  }
  return part;
}

function onPhotograph(part, wide, high, covered) {
  return {
    left: covered.left + wide * part.left,
    top: covered.top + high * part.top,
    width: wide * (part.right + 1 - part.left),
    height: high * (part.bottom + 1 - part.top),
    score: part.score,
    area: wide * high * part.pixels,
  };
}

/** map: Float32Array [height * width]; covered: the part of the photograph that it covers. */
export function findRegions(map, width, height, covered, level) {
  const seen = new Uint8Array(map.length);
  const parts = [];
  for (let at = 0; at < map.length; at++)
    if (!seen[at] && map[at] >= level) parts.push(fill(map, width, height, level, seen, at));
  parts.sort((a, b) => b.score - a.score || a.top - b.top || a.left - b.left);
  const wide = covered.width / width;
  const high = covered.height / height;
  return parts.map((part) => onPhotograph(part, wide, high, covered));
}
