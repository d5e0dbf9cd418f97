// One photograph on the page: what the detector found, and what another threshold would make of it.

import { detect } from "./server.js";
import { findRegions } from "./regions.js";
import { drawBoxes, drawHeat, makePicture } from "./picture.js";

const CARD_WIDTH = 560;
const LARGE_WIDTH = 2000;

/** Four digits that count. */
export const short = (number) => String(Number(number.toPrecision(4)));

const words = { good: "Good", defective: "Defective", none: "No verdict" };

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function pair(name, value) {
  const made = element("div");
  made.append(element("dt", "", name), element("dd", "", value));
  return made;
}

function describe(regions) {
  if (regions.length === 0) return "No region reaches the threshold.";
  const { width, height, score } = regions[0];
  const size = `${Math.round(width)} × ${Math.round(height)} pixels, score ${short(score)}`;
  return regions.length === 1 ? `1 region: ${size}.` : `${regions.length} regions; the strongest: ${size}.`;
}

export class Card {
  /** maxBytes: of a file that the server takes. enlarge(card) is called when its picture is chosen. */
  constructor(file, maxBytes, enlarge) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.name = file.name || "pasted photograph";
    this.found = null;
    this.regions = [];
    this.root = element("li", "card is-waiting");
    this.chip = element("span", "chip", "Waiting");
    const head = element("div", "card-head");
    head.append(element("h3", "", this.name), this.chip);
    this.button = element("button", "enlarge");
    this.button.type = "button";
    this.button.disabled = true;
    this.button.setAttribute("aria-label", `Enlarge ${this.name}`);
    this.button.addEventListener("click", () => enlarge(this));
    this.frame = element("span", "picture");
    this.button.append(this.frame);
    this.body = element("div", "card-body");
    this.root.append(head, this.button, this.body);
  }

  get score() {
    return this.found?.score ?? null;
  }

  /** Has the detector look at it. */
  async look() {
    this.chip.textContent = "Looking";
    try {
      if (this.file.size > this.maxBytes)
        throw new Error(`The file has ${this.file.size} bytes, and the server takes ${this.maxBytes}`);
      const found = await detect(this.file);
      this.picture = await makePicture(this.file, found, CARD_WIDTH);
      this.found = found;
      this.showFound();
    } catch (error) {
      this.root.className = "card is-failed";
      this.chip.textContent = "Not looked at";
      this.body.replaceChildren(element("p", "failure", `${error.message}.`));
      throw error;
    }
  }

  showFound() {
    const { score, normalised } = this.found;
    this.frame.replaceChildren(...this.picture.layers);
    this.button.disabled = false;
    this.was = element("p", "was");
    this.regionText = element("p", "regions");
    const numbers = element("dl", "pairs");
    numbers.append(pair("score", short(score)));
    if (normalised !== null) numbers.append(pair("normalised", normalised.toFixed(3)));
    this.body.replaceChildren(numbers, this.regionText, this.was);
    if (!this.picture.isShown)
      this.body.append(element("p", "note", "This browser does not show such files: this is the heat map alone."));
  }

  verdictAt(threshold) {
    return threshold === null ? "none" : this.score >= threshold ? "defective" : "good";
  }

  /** Says what it is at a threshold, and where. */
  decide(threshold) {
    const { map, covered, verdict: own } = this.found;
    const verdict = this.verdictAt(threshold);
    this.verdict = verdict;
    this.regions = threshold === null ? [] : findRegions(map.values, map.width, map.height, covered, threshold);
    this.root.className = `card is-${verdict}`;
    this.chip.textContent = words[verdict];
    this.was.textContent = verdict === own || own === "none" ? "" : `${words[own]} at the detector’s own threshold.`;
    this.regionText.textContent = threshold === null ? "" : describe(this.regions);
    drawBoxes(this.picture.boxes, this.regions);
  }

  colour(scale) {
    this.scale = scale;
    drawHeat(this.picture.heat, this.found.map, scale);
  }

  /** The layers again, larger. */
  async enlarge() {
    const picture = await makePicture(this.file, this.found, LARGE_WIDTH);
    drawHeat(picture.heat, this.found.map, this.scale);
    drawBoxes(picture.boxes, this.regions);
    return picture;
  }
}
