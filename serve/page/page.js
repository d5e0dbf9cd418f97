// The page: photographs come in, wait their turn, become cards, and all of them follow the threshold.

import { Card, short } from "./card.js";
import { colors } from "./colormap.js";
import { describeDetector, setToken } from "./server.js";
import { Threshold } from "./threshold.js";

const AT_ONCE = 3; // photographs on their way to the server
const KEPT = 200; // cards; older ones go

const byId = (id) => document.getElementById(id);

let detector = null;
let threshold = null;
let cards = []; // the last one first
let waiting = [];
let working = 0;

// ---- what is shown ----

const seen = () => cards.filter((card) => card.found);

/** The range of the colours. Of a calibrated detector it is the same for all photographs: from the median good one's score
 * to as far above the threshold. */
function scaleOf(found) {
  for (const { score, normalised, threshold: own } of found) {
    if (normalised === null || score === own) continue;
    const steps = normalised < 0.5 ? 1 - 0.5 / normalised : 0.5 / (1 - normalised) - 1;
    const step = (score - own) / steps;
    return { low: own - step, high: own + step, isCalibrated: true };
  }
  let [low, high] = [Infinity, -Infinity];
  for (const { map } of found)
    for (const value of map.values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return { low, high, isCalibrated: false };
}

let shown = { low: NaN, high: NaN, isCalibrated: false };

/** Where the range has changed, all photographs get new colours, else those without. */
function colourAll() {
  const scale = shown.isCalibrated ? shown : scaleOf(seen().map((card) => card.found));
  if (scale.low !== shown.low || scale.high !== shown.high) shown = scale;
  for (const card of seen()) if (card.scale !== shown) card.colour(shown);
  const range = `${short(shown.low)} to ${short(shown.high)}`;
  byId("legend-text").textContent = shown.isCalibrated ? `${range}, the detector’s threshold in the middle` : range;
}

function show() {
  const all = seen();
  for (const card of all) card.decide(threshold.value);
  byId("panel").hidden = byId("view").hidden = all.length === 0;
  if (all.length > 0) threshold.show(all);
}

let isShowing = false;

/** Once for each picture of the screen, however fast the slider moves. */
function showSoon() {
  if (isShowing) return;
  isShowing = true;
  requestAnimationFrame(() => {
    isShowing = false;
    show();
  });
}

// ---- photographs ----

function complain(card, error) {
  if (error.status !== 401) return;
  card.root.remove();
  cards = cards.filter((other) => other !== card);
  askForToken("The token was not the server’s");
}

async function lookAt(card) {
  working++;
  try {
    await card.look();
    colourAll();
    show();
    byId("spoken").textContent = `${card.name}: ${card.verdict}, score ${short(card.score)}`;
  } catch (error) {
    byId("spoken").textContent = `${card.name}: ${error.message}`;
    complain(card, error);
  }
  working--;
  lookAtNext();
}

function lookAtNext() {
  while (working < AT_ONCE && waiting.length > 0) lookAt(waiting.shift());
}

function add(files) {
  if (!detector) return;
  for (const file of files) {
    const card = new Card(file, detector.max_bytes, enlarge);
    cards.unshift(card);
    waiting.push(card);
    byId("cards").prepend(card.root);
  }
  for (const old of cards.splice(KEPT)) old.root.remove();
  waiting = waiting.filter((card) => cards.includes(card));
  lookAtNext();
}

async function enlarge(card) {
  byId("large-name").textContent = `${card.name}: ${card.verdict}, score ${short(card.score)}`;
  const { layers, ratio } = await card.enlarge();
  byId("large-picture").style.setProperty("--ratio", ratio);
  byId("large-picture").replaceChildren(...layers);
  byId("large").showModal();
}

// ---- the ways they come ----

const filesOf = (transfer) => [...transfer.files].filter((file) => file.size > 0);

function listen() {
  byId("files").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => add(filesOf(event.clipboardData)));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("is-dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("is-dragging");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("is-dragging");
    add(filesOf(event.dataTransfer));
  });
  for (const [id, name] of [["show-heat", "without-heat"], ["show-regions", "without-regions"]])
    byId(id).addEventListener("change", (event) => document.body.classList.toggle(name, !event.target.checked));
  byId("large-close").addEventListener("click", () => byId("large").close());
  byId("large").addEventListener("click", (event) => event.target === byId("large") && byId("large").close());
}

// ---- the beginning ----

function askForToken(message) {
  byId("decision").textContent = message;
  byId("token-form").hidden = false;
  byId("drop").hidden = true;
  byId("token").focus();
}

/** With numbers as short as they are elsewhere on the page. */
function sentence(text) {
  const shorter = text.replace(/-?\d+\.\d{4,}/g, (number) => short(Number(number))).replaceAll("'", "’");
  return `${shorter.charAt(0).toUpperCase()}${shorter.slice(1)}.`;
}

async function begin() {
  try {
    detector = await describeDetector();
  } catch (error) {
    if (error.status === 401) askForToken("This detector is for those who have its token.");
    else byId("decision").textContent = sentence(error.message);
    return;
  }
  byId("token-form").hidden = true;
  byId("drop").hidden = false;
  const name = detector.category ?? detector.name;
  byId("title").textContent = name;
  document.title = `${name} – simplenet`;
  byId("decision").textContent = sentence(detector.decision);
  byId("footer").textContent = `${detector.name}, simplenet ${detector.version}. Photographs are sent to this server only, which keeps none of them.`;
  threshold ??= new Threshold(detector.threshold, showSoon);
}

function drawLegend() {
  const context = byId("legend-bar").getContext("2d");
  colors.forEach(([red, green, blue], i) => {
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(i, 0, 1, 1);
  });
}

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken(byId("token").value.trim());
  begin();
});
listen();
drawLegend();
begin();
