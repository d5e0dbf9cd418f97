// The colours of every heat map of this project (report/draw/colormap.c): a curve in Oklab from near black over violet,
// red and orange to a pale yellow, its 256 entries equally far apart on it.

function oklabToLinear({ lightness, a, b }) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
  ];
}

function encode(linear) {
  const clipped = Math.min(Math.max(linear, 0), 1);
  const encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.floor(255 * encoded + 0.5);
}

function curve(t) {
  const hue = ((290 + 175 * t) * Math.PI) / 180;
  const chroma = 0.06 + 0.112 * Math.sin(0.75 * Math.PI * t);
  return { lightness: 0.12 + 0.83 * t, a: chroma * Math.cos(hue), b: chroma * Math.sin(hue) };
}

function make() {
  const points = 2049;
  const length = [0];
  for (let i = 1; i < points; i++) {
    const from = curve((i - 1) / (points - 1));
    const to = curve(i / (points - 1));
    length.push(length[i - 1] + Math.hypot(to.lightness - from.lightness, to.a - from.a, to.b - from.b));
  }
  const colors = [];
  for (let entry = 0, i = 0; entry < 256; entry++) {
    const wanted = (length[points - 1] * entry) / 255;
    while (i < points - 2 && length[i + 1] < wanted) i++;
    const share = Math.min((wanted - length[i]) / (length[i + 1] - length[i]), 1);
    colors.push(oklabToLinear(curve((i + share) / (points - 1))).map(encode));
  }
  return colors;
}

/** [256] of [red, green, blue]. */
export const colors = make();
