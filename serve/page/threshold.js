// The threshold: where it is among the scores of all photographs seen, and what moving it would change.

import { short } from "./card.js";
import { svgElement } from "./picture.js";

const byId = (id) => document.getElementById(id);

const THUMB = 20; // pixels; the slider's ends are half of it from its edges
const HEIGHT = 64;
const DOT = 4;

/** "a.png" or "a.png, b.png and 3 more". */
function list(names) {
  const shown = names.slice(0, 2);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(" and ");
}

export class Threshold {
  /** own: the detector's, or null. changed() is called when it was moved. */
  constructor(own, changed) {
    this.own = own;
    this.value = own;
    this.changed = changed;
    this.slider = byId("slider");
    this.exact = byId("exact");
    this.reset = byId("reset");
    this.reset.hidden = own === null;
    this.slider.addEventListener("input", () => this.move(this.slider.valueAsNumber));
    this.exact.addEventListener("input", () => this.move(this.exact.valueAsNumber, true));
    this.exact.addEventListener("change", () => this.show());
    this.reset.addEventListener("click", () => this.move(own));
    new ResizeObserver(() => this.drawStrip()).observe(byId("strip"));
    this.cards = [];
  }

  move(value, isTyped = false) {
    if (!Number.isFinite(value)) return;
    this.value = value;
    this.isTyped = isTyped;
    this.changed();
    this.isTyped = false;
  }

  /** The photographs that have a score; each knows its verdict at this threshold. The slider reaches beyond all of them,
   * and as far as a number was typed. */
  show(cards = this.cards) {
    this.cards = cards;
    const scores = cards.map((card) => card.score);
    const all = this.own === null ? scores : [...scores, this.own];
    const margin = 0.08 * (Math.max(...all) - Math.min(...all)) || 1;
    this.low = Math.min(Math.min(...all) - margin, this.value ?? Infinity);
    this.high = Math.max(Math.max(...all) + margin, this.value ?? -Infinity);
    this.slider.min = this.low;
    this.slider.max = this.high;
    this.slider.valueAsNumber = this.value ?? this.high;
    if (!this.isTyped) this.exact.value = this.value === null ? "" : short(this.value);
    this.reset.disabled = this.value === this.own;
    this.count();
    this.drawStrip();
  }

  count() {
    const defective = this.cards.filter((card) => card.verdict === "defective").length;
    const good = this.cards.filter((card) => card.verdict === "good").length;
    byId("count-seen").textContent = this.cards.length;
    byId("count-bad").textContent = this.value === null ? "–" : defective;
    byId("count-good").textContent = this.value === null ? "–" : good;
    const where = this.value === null ? "no threshold" : short(this.value);
    this.slider.setAttribute("aria-valuetext", `${where}, ${defective} of ${this.cards.length} defective`);
    byId("change").textContent = this.describeChange();
  }

  describeChange() {
    if (this.own === null)
      return this.value === null ? "The detector has no threshold: move this one to see what it would do." : "";
    if (this.value === this.own) return "As the detector decides.";
    const moved = this.cards.filter((card) => card.verdict !== card.found.verdict);
    if (moved.length === 0) return `No verdict differs from those at the detector’s own ${short(this.own)}.`;
    const to = moved[0].verdict;
    return `${moved.length} of ${this.cards.length} would become ${to}: ${list(moved.map((card) => card.name))}.`;
  }

  /** Each score a dot, stacked where they crowd; the thresholds as lines. */
  drawStrip() {
    const strip = byId("strip");
    const width = strip.clientWidth;
    if (width === 0 || this.low === undefined) return;
    const x = (score) => THUMB / 2 + ((score - this.low) / (this.high - this.low)) * (width - THUMB);
    const line = (score, kind) => svgElement("line", { x1: x(score), x2: x(score), y1: 0, y2: HEIGHT, class: kind });
    const parts = [];
    if (this.own !== null && this.own !== this.value) parts.push(line(this.own, "own"));
    const right = []; // of each row, where its last dot is
    for (const { score, verdict } of [...this.cards].sort((a, b) => a.score - b.score)) {
      const cx = x(score);
      let row = right.findIndex((last) => cx - last >= 2 * DOT + 1);
      if (row < 0) row = right.length;
      right[row] = cx;
      const cy = Math.max(DOT + 2, HEIGHT - DOT - 2 - row * (2 * DOT + 1));
      parts.push(svgElement("circle", { cx, cy, r: DOT, class: `dot is-${verdict}` }));
    }
    if (this.value !== null) parts.push(line(this.value, "now"));
    strip.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    strip.replaceChildren(...parts);
  }
}
