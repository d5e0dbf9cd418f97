// A photograph, its heat map and the boxes of its regions: three layers, one over the other.

import { colors } from "./colormap.js";
import { withoutExif } from "./stored.js";

export function svgElement(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Whether the map lies within a photograph of that size. */
const holds = (bitmap, covered) =>
  covered.left + covered.width <= bitmap.width + 0.5 && covered.top + covered.height <= bitmap.height + 0.5;

/** The photograph as the detector saw it; null where the browser cannot decode it, as most cannot decode TIFF. */
async function decode(file, covered) {
  for (const source of [await withoutExif(file), file]) {
    const bitmap = await createImageBitmap(source).catch(() => null);
    if (bitmap && holds(bitmap, covered)) return bitmap;
    bitmap?.close();
  }
  return null;
}

/** What the detector does not look at becomes darker. */
function drawPhotograph(canvas, bitmap, size, covered, widest) {
  const ratio = Math.min(1, widest / size.width);
  canvas.width = Math.max(1, Math.round(size.width * ratio));
  canvas.height = Math.max(1, Math.round(size.height * ratio));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  if (bitmap) context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  context.fillStyle = bitmap ? "rgb(0 0 0 / 35%)" : "#14081f";
  context.rect(0, 0, canvas.width, canvas.height);
  if (bitmap) context.rect(covered.left * ratio, covered.top * ratio, covered.width * ratio, covered.height * ratio);
  context.fill("evenodd");
}

/** From clear at scale.low to full colours at scale.high. */
export function drawHeat(canvas, map, scale) {
  canvas.width = map.width;
  canvas.height = map.height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(map.width, map.height);
  const range = scale.high - scale.low || 1;
  for (let i = 0; i < map.values.length; i++) {
    const share = Math.min(Math.max((map.values[i] - scale.low) / range, 0), 1);
    image.data.set(colors[Math.round(255 * share)], 4 * i);
    image.data[4 * i + 3] = 255 * Math.min(0.8, 1.6 * share);
  }
  context.putImageData(image, 0, 0);
}

/** White on black, so that they are seen on every ground. */
export function drawBoxes(svg, regions) {
  const boxes = [];
  for (const kind of ["box-ground", "box"])
    for (const { left, top, width, height } of regions.slice(0, 50))
      boxes.push(svgElement("rect", { x: left, y: top, width, height, class: kind }));
  svg.replaceChildren(...boxes);
}

/** The three layers in an element of class "picture"; `isShown` is false where the browser has no such photograph. */
export async function makePicture(file, found, widest) {
  const { covered } = found;
  const bitmap = await decode(file, covered);
  const size = bitmap
    ? { width: bitmap.width, height: bitmap.height }
    : { width: 2 * covered.left + covered.width, height: 2 * covered.top + covered.height };
  const photograph = document.createElement("canvas");
  const heat = document.createElement("canvas");
  const boxes = svgElement("svg", { viewBox: `0 0 ${size.width} ${size.height}`, class: "boxes" });
  drawPhotograph(photograph, bitmap, size, covered, widest);
  bitmap?.close();
  heat.className = "heat";
  heat.style.left = `${(100 * covered.left) / size.width}%`;
  heat.style.top = `${(100 * covered.top) / size.height}%`;
  heat.style.width = `${(100 * covered.width) / size.width}%`;
  heat.style.height = `${(100 * covered.height) / size.height}%`;
  return { layers: [photograph, heat, boxes], heat, boxes, ratio: size.width / size.height, isShown: bitmap !== null };
}
