# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The page of a timeline: one file that asks nobody for anything.

What devices say reaches the page as data and is shown as text, never as HTML. The policy in its head lets the browser
run this script and apply this style by their hashes, and load nothing else: the page stays inert whatever the data.
"""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
from collections.abc import Mapping

STYLE = r"""
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2330; --soft: #5d6878; --line: #dfe3e8; --hover: #eef3fb; --focus: #1f5fd0;
  --succeeded: #2f8f5b; --nothing_to_do: #8d97a5; --running: #2f6fde; --failed: #cf3434; --canceled: #8a57c4;
  --timed_out: #d2781f; --unreachable: #a34a17; --lost: #bd2f87; --refused: #a67c00; --error: #8c1d1d; --hidden: #566070;
  --no_result: #3f8fa8; --outage: #f2b632; --outage-ink: #3a2c05;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #98a4b5; --line: #2c3542; --hover: #232c39; --focus: #7fb0ff;
    --succeeded: #4fb57e; --nothing_to_do: #7d8898; --running: #5f97f5; --failed: #f06a6a; --canceled: #b18ae6;
    --timed_out: #ef9f4c; --unreachable: #d07a43; --lost: #e469b4; --refused: #d0a62f; --error: #d86060; --hidden: #8793a5;
    --no_result: #63b5cd; --outage: #f6c44f; --outage-ink: #3a2c05;
  }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--page); color: var(--ink);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { padding: 14px 20px 8px; }
h1 { display: inline; margin: 0 10px 0 0; font-size: 20px; font-weight: 650; }
h2 { margin: 18px 0 6px; font-size: 13px; font-weight: 650; }
.soft { color: var(--soft); }
#facts { margin-top: 2px; }
#state { display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 12px; vertical-align: 2px;
  background: var(--outage); color: var(--outage-ink); }
#share { display: flex; height: 8px; margin: 12px 0 10px; border-radius: 4px; overflow: hidden; background: var(--line); }
#share > i { background: var(--c); }
#chips { display: flex; flex-wrap: wrap; gap: 6px; }
button, select, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 4px 10px; }
button { cursor: pointer; }
button:hover { background: var(--hover); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
.chip { border-radius: 14px; padding: 3px 11px; }
.chip b { font-variant-numeric: tabular-nums; }
.chip[aria-pressed="true"] { border-color: var(--c); box-shadow: inset 0 0 0 1px var(--c); }
.glyph { display: inline-block; width: 15px; margin-right: 4px; color: var(--c); font-weight: 700; text-align: center; }
#tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 4px 20px 10px; }
#search { width: 260px; }
#count { margin-left: auto; font-variant-numeric: tabular-nums; }
main { flex: 1; min-height: 220px; display: flex; margin: 0 20px; gap: 12px; }
#chart { flex: 1; min-width: 0; display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; overflow: hidden; }
.row, #head { display: grid; grid-template-columns: 128px var(--names, 190px) minmax(80px, 190px) 1fr 76px; align-items: center;
  column-gap: 10px; padding: 0 14px 0 12px; }
#head { padding-right: calc(14px + var(--bar, 0px)); border-bottom: 1px solid var(--line); font-size: 12px; color: var(--soft); }
#times { position: relative; height: 76px; }
#overview { position: absolute; left: 0; top: 4px; width: 100%; height: 48px; cursor: crosshair; touch-action: none; }
#brush { position: absolute; top: 4px; height: 48px; background: var(--focus); opacity: .2; pointer-events: none; display: none; }
#ticks { position: absolute; left: 0; right: 0; bottom: 2px; height: 18px; overflow: hidden; font-variant-numeric: tabular-nums; }
#ticks span { position: absolute; bottom: 0; padding-left: 4px; border-left: 1px solid var(--line); white-space: nowrap; }
#scroll { flex: 1; overflow-y: scroll; position: relative; outline-offset: -2px; }
#rows { position: relative; }
.row { position: absolute; left: 0; right: 0; height: 26px; cursor: default; }
.row:hover { background: var(--hover); }
.row[aria-selected="true"] { background: var(--hover); box-shadow: inset 3px 0 0 var(--focus); }
.row > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.device { font-weight: 600; }
.long { text-align: right; font-variant-numeric: tabular-nums; color: var(--soft); }
.tag { margin-left: 5px; padding: 0 5px; border: 1px solid var(--line); border-radius: 8px; font-size: 11px; color: var(--soft); }
.bars { position: relative; height: 26px; overflow: hidden; }
.grid { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); opacity: .6; }
.seg { position: absolute; top: 6px; height: 14px; min-width: 2px; background: var(--c); }
.pending { background: color-mix(in srgb, var(--c) 35%, var(--card)); box-shadow: inset 0 0 0 1px var(--c); }
.unknown { background: repeating-linear-gradient(115deg, var(--c) 0 3px, color-mix(in srgb, var(--c) 30%, var(--card)) 3px 6px); }
.unwatched { top: 12px; height: 2px; background: repeating-linear-gradient(90deg, var(--c) 0 4px, transparent 4px 8px); }
.no_job { top: 11px; height: 4px; background: color-mix(in srgb, var(--c) 55%, var(--card)); }
.outage { top: 4px; height: 18px;
  background: repeating-linear-gradient(45deg, var(--outage) 0 5px, color-mix(in srgb, var(--outage) 45%, var(--outage-ink)) 5px 8px); }
.mark { position: absolute; top: 3px; height: 20px; font-size: 12px; line-height: 20px; color: var(--c); white-space: nowrap; }
.left { transform: translateX(-100%); padding-right: 2px; }
.right { padding-left: 4px; }
#none { padding: 30px; text-align: center; color: var(--soft); display: none; }
#more { width: 400px; max-width: 45%; overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 14px 16px; display: none; overflow-wrap: anywhere; }
#more h2:first-of-type { margin-top: 0; font-size: 16px; padding-right: 40px; }
#close { float: right; }
dl { display: grid; grid-template-columns: 110px 1fr; gap: 3px 10px; margin: 10px 0; }
dt { color: var(--soft); } dd { margin: 0; }
.reason { margin: 8px 0; padding: 8px 10px; border-left: 3px solid var(--c); background: var(--page); white-space: pre-wrap; }
#more ul { margin: 4px 0; padding-left: 18px; } #more li { white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } td, th { padding: 2px 8px 2px 0; text-align: left;
  vertical-align: top; border-top: 1px solid var(--line); font-weight: 400; } th { color: var(--soft); border: 0; }
td.num { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { margin: 6px 0; padding: 8px 10px; background: var(--page); border-radius: 6px; white-space: pre-wrap; font-size: 12px; }
footer { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 8px 20px 12px; font-size: 12px; color: var(--soft); }
footer span { white-space: nowrap; } footer i { display: inline-block; position: relative; width: 30px; height: 20px;
  margin-right: 6px; vertical-align: middle; --c: var(--running); } footer .seg { left: 0; right: 0; top: 4px; height: 12px; }
footer .unwatched { top: 9px; height: 2px; } footer .no_job { top: 8px; height: 4px; } footer .outage { top: 2px; height: 16px; }
@media (max-width: 900px) {
  main { flex-direction: column; margin: 0 8px; } #more { width: auto; max-width: none; max-height: 45%; } #search { width: 150px; }
  .row, #head { grid-template-columns: 22px minmax(80px, 130px) 1fr 60px; column-gap: 6px; } .what, .name { display: none; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; }
  html, body, main, #chart, #scroll { display: block; height: auto !important; overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  #tools, #more, #close { display: none !important; } main { margin: 0 8px; } #chart { border: 0; } .row { break-inside: avoid; }
}
"""

SCRIPT = r"""
"use strict";
(() => {
const GLYPHS = { succeeded: "\u2713", nothing_to_do: "\u2013", running: "\u25b8", failed: "\u2715", canceled: "\u2298",
  timed_out: "\u25d4", unreachable: "\u21af", lost: "?", refused: "\u2297", error: "!", hidden: "\u2022", no_result: "\u2026" };
const NAMES = { succeeded: "succeeded", nothing_to_do: "nothing to do", running: "left running", failed: "failed",
  canceled: "canceled", timed_out: "timed out", unreachable: "unreachable", lost: "lost", refused: "refused",
  error: "task failed", hidden: "hidden", no_result: "no result" };
const MEANT = { error: "The task failed without a verdict about a job.", hidden: "The task has no_log.",
  no_result: "The result of the task was not seen: it was still at work, was broken off, or ran in the background.",
  running: "The job was accepted, and nobody waited for its end." };
const KINDS = { no_job: "task at work, no job yet", pending: "pending", running: "running", unknown: "state not known",
  unwatched: "nobody looked", outage: "no answer", succeeded: "succeeded", failed: "failed", canceled: "canceled" };
const BAD = ["failed", "canceled", "timed_out", "unreachable", "lost", "refused", "error"];
const ROW = 26, SPARE = 12, HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const el = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
};
const time = (text) => (text ? Date.parse(text) : null);
const jobs = data.jobs.map((job, index) => ({ ...job, index, from: time(job.began_at), to: time(job.ended_at),
  parts: job.segments.map((part) => ({ kind: KINDS[part.is] ? part.is : "unknown", words: part.words, at: time(part.at) })),
  hay: [job.device, job.host, job.endpoint, job.target, job.id, job.operation, job.task, job.reason,
    ...job.targets.map((target) => target.name)].join("\n").toLowerCase() }));
for (const job of jobs) job.parts.forEach((part, n) => { part.to = n + 1 < job.parts.length ? job.parts[n + 1].at : job.to; });
const longest = jobs.reduce((most, job) => Math.max(most, job.device.length), 6);
const began = time(data.began_at) ?? time(data.written_at), ended = Math.max(time(data.ended_at) ?? began, began + 1000);

const state = { outcomes: new Set(), q: "", sort: "time", zone: "local", from: began, to: ended, job: null };
let shown = [], pool = new Map(), ticks = [], chosen = -1;

// Words

const pad = (number, width = 2) => String(number).padStart(width, "0");
const parts = (ms) => {
  const date = new Date(ms), utc = state.zone === "utc";
  const get = (name) => (utc ? date["getUTC" + name]() : date["get" + name]());
  return { day: get("FullYear") + "-" + pad(get("Month") + 1) + "-" + pad(get("Date")),
    clock: pad(get("Hours")) + ":" + pad(get("Minutes")), seconds: pad(get("Seconds")), ms: pad(get("Milliseconds"), 3) };
};
const clock = (ms) => { const at = parts(ms); return at.clock + ":" + at.seconds; };
const moment = (ms) => (ms === null ? "" : parts(ms).day + " " + clock(ms) + (state.zone === "utc" ? " UTC" : ""));
const long = (ms) => {
  if (ms === null || Number.isNaN(ms)) return "";
  const s = ms / 1000;
  if (s < 9.95) return s.toFixed(1) + " s";
  if (s < 119.5) return Math.round(s) + " s";
  if (s < 7200) return Math.floor(Math.round(s) / 60) + " min " + pad(Math.round(s) % 60) + " s";
  return Math.floor(s / 3600) + " h " + pad(Math.floor((s % 3600) / 60)) + " min";
};
const work = (job) => job.operation || (job.module || "").replace("netops.jobs.", "");
const tags = (job) => [job.adopted && "adopted", job.check_mode && "check mode", job.ignored && "ignored"].filter(Boolean);
const colour = (outcome) => "var(--" + (GLYPHS[outcome] ? outcome : "hidden") + ")";

// What is shown is in the address, so that it can be passed on.

const read = () => {
  const given = new URLSearchParams(location.hash.slice(1)), number = (name, other) => {
    const value = Date.parse(given.get(name) || "");
    return Number.isNaN(value) ? other : Math.min(ended, Math.max(began, value));
  };
  state.outcomes = new Set((given.get("outcome") || "").split(",").filter((name) => GLYPHS[name]));
  state.q = given.get("q") || "";
  state.sort = ["time", "device", "outcome", "seconds"].includes(given.get("sort")) ? given.get("sort") : "time";
  state.zone = given.get("zone") === "utc" ? "utc" : "local";
  state.from = number("from", began); state.to = number("to", ended);
  if (state.to - state.from < 100) { state.from = began; state.to = ended; }
  const job = given.get("job");
  state.job = job !== null && jobs[Number(job)] ? Number(job) : null;
};
const write = () => {
  const kept = new URLSearchParams();
  if (state.outcomes.size) kept.set("outcome", [...state.outcomes].join(","));
  if (state.q) kept.set("q", state.q);
  if (state.sort !== "time") kept.set("sort", state.sort);
  if (state.zone !== "local") kept.set("zone", state.zone);
  if (state.from !== began || state.to !== ended) {
    kept.set("from", new Date(state.from).toISOString()); kept.set("to", new Date(state.to).toISOString());
  }
  if (state.job !== null) kept.set("job", state.job);
  const hash = kept.toString();
  try { history.replaceState(null, "", hash ? "#" + hash : "#"); } catch (error) { /* some viewers refuse it */ }
};

// Which jobs, in which order

const rank = Object.keys(NAMES), order = ["error", "failed", "lost", "unreachable", "timed_out", "canceled", "refused"];
const compare = {
  time: (a, b) => (a.from ?? Infinity) - (b.from ?? Infinity) || a.index - b.index,
  device: (a, b) => a.device.localeCompare(b.device, undefined, { numeric: true }) || compare.time(a, b),
  outcome: (a, b) => weight(a) - weight(b) || compare.time(a, b),
  seconds: (a, b) => (b.seconds ?? -1) - (a.seconds ?? -1) || compare.time(a, b),
};
const weight = (job) => { const n = order.indexOf(job.outcome); return n >= 0 ? n : 100 + rank.indexOf(job.outcome); };
const found = () => {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return jobs.filter((job) => words.every((word) => job.hay.includes(word)));
};

// Rows: only those in sight are there

const x = (at) => (100 * (at - state.from)) / (state.to - state.from);
const place = (node, from, to) => { node.style.left = from + "%"; node.style.width = Math.max(0, to - from) + "%"; };
const fill = (row, job) => {
  row.textContent = "";
  row.style.setProperty("--c", colour(job.outcome));
  const outcome = el("span"), what = el("span", "what soft", work(job)), bars = el("span", "bars");
  outcome.append(el("span", "glyph", GLYPHS[job.outcome] || "?"), el("span", "name", (NAMES[job.outcome] || job.outcome)));
  for (const tag of tags(job)) what.append(el("span", "tag", tag));
  for (const tick of ticks) { const line = el("i", "grid"); line.style.left = x(tick) + "%"; bars.append(line); }
  for (const part of job.parts) {
    const from = Math.max(-1, x(part.at)), to = Math.min(101, x(part.to));
    if (to < 0 || from > 100) continue;
    const node = el("i", "seg " + part.kind);
    node.title = KINDS[part.kind] + (part.words ? ": " + part.words : "") + ", " + long(part.to - part.at);
    place(node, from, to); bars.append(node);
  }
  if (job.from !== null) {
    if (job.adopted) { const mark = el("b", "mark left", "\u25c6"); mark.style.left = x(job.from) + "%"; bars.append(mark); }
    if (job.outcome !== "succeeded") {
      const mark = el("b", "mark right", GLYPHS[job.outcome] || "?"); mark.style.left = x(job.to) + "%"; bars.append(mark);
    }
  }
  row.append(outcome, el("span", "device", job.device), what, bars, el("span", "long", long(job.seconds && job.seconds * 1000)));
  row.title = "";
  const says = [job.device, work(job), NAMES[job.outcome] || job.outcome, long(job.seconds && job.seconds * 1000), ...tags(job)];
  row.setAttribute("aria-label", says.filter(Boolean).join(", "));
};
const draw = (everything = false) => {
  const scroll = $("scroll"), first = everything ? 0 : Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
  const last = everything ? shown.length : Math.min(shown.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + SPARE);
  const spare = [];
  for (const [place, row] of pool) if (place < first || place >= last) { pool.delete(place); spare.push(row); }
  for (let place = first; place < last; place++) {
    if (pool.has(place)) continue;
    const row = spare.pop() || $("rows").appendChild(el("div", "row")), job = shown[place];
    row.setAttribute("role", "option"); row.id = "job" + place; row.dataset.place = place;
    row.setAttribute("aria-posinset", place + 1); row.setAttribute("aria-setsize", shown.length);
    row.setAttribute("aria-selected", place === chosen);
    row.style.top = place * ROW + "px";
    fill(row, job); pool.set(place, row);
  }
  for (const row of spare) row.remove();
};
const redraw = () => { for (const row of pool.values()) row.remove(); pool = new Map(); draw(); };
const choose = (place, open) => {
  if (!shown.length) return;
  chosen = Math.max(0, Math.min(shown.length - 1, place));
  const scroll = $("scroll"), top = chosen * ROW;
  if (top < scroll.scrollTop) scroll.scrollTop = top;
  if (top + ROW > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = top + ROW - scroll.clientHeight;
  draw();
  for (const [at, row] of pool) row.setAttribute("aria-selected", at === chosen);
  scroll.setAttribute("aria-activedescendant", "job" + chosen);
  if (open || state.job !== null) { state.job = shown[chosen].index; details(); write(); }
};

// The axis, and how many jobs there were at each time

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const axis = () => {
  const width = $("times").clientWidth, span = state.to - state.from, want = Math.max(2, Math.floor(width / 85));
  const step = 1000 * (STEPS.find((each) => (each * 1000 * want) >= span) || Math.ceil(span / want / 86400000) * 86400);
  const shift = state.zone === "utc" ? 0 : -new Date(state.from).getTimezoneOffset() * 60000;
  ticks = [];
  for (let at = Math.ceil((state.from + shift) / step) * step - shift; at <= state.to; at += step) ticks.push(at);
  $("ticks").textContent = "";
  ticks.forEach((at, n) => {
    const text = step < 1000 ? clock(at) + "." + parts(at).ms[0] : step < 60000 ? clock(at) : parts(at).clock;
    const label = el("span", "", step >= 43200000 || (n && parts(at).day !== parts(ticks[n - 1]).day) ? parts(at).day + " " + text : text);
    label.style.left = x(at) + "%"; $("ticks").append(label);
    if (label.offsetLeft + label.offsetWidth > width) label.textContent = "";
  });
};
const overview = () => {
  const canvas = $("overview"), ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const brush = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const names = ["bad", "good", "open", "outage"], step = 2, size = Math.max(1, Math.floor(width / step));
  const sums = Object.fromEntries(names.map((name) => [name, new Float64Array(size + 1)]));
  const bin = (at) => Math.floor(((at - state.from) / (state.to - state.from)) * size);
  for (const job of shown) {
    const name = BAD.includes(job.outcome) ? "bad" : ["running", "no_result"].includes(job.outcome) ? "open" : "good";
    for (const part of job.parts) {
      const from = Math.max(0, bin(part.at)), to = Math.min(size - 1, bin(part.to));
      if (from > to) continue;
      const sum = sums[part.kind === "outage" ? "outage" : name];
      sum[from] += 1; sum[to + 1] -= 1;
    }
  }
  for (const name of names) for (let n = 1; n <= size; n++) sums[name][n] += sums[name][n - 1];
  let most = 1;
  for (let n = 0; n < size; n++) most = Math.max(most, names.reduce((all, name) => all + sums[name][n], 0));
  const colours = { bad: "--failed", good: "--succeeded", open: "--running", outage: "--outage" };
  brush.scale(ratio, ratio);
  for (let n = 0; n < size; n++) {
    let y = height;
    for (const name of names) {
      const tall = (sums[name][n] / most) * (height - 4);
      if (!tall) continue;
      brush.fillStyle = style.getPropertyValue(colours[name]); brush.fillRect(n * step, y - tall, step, tall); y -= tall;
    }
  }
  canvas.setAttribute("aria-label", "Jobs at the same time, " + most + " at most. Drag to look at a part of the time.");
  $("most").textContent = "up to " + most + " at once";
};

// The whole page

const outcomes = () => {
  const matching = found(), counts = {};
  for (const job of matching) counts[job.outcome] = (counts[job.outcome] || 0) + 1;
  const all = [...new Set(jobs.map((job) => job.outcome))].sort((a, b) => rank.indexOf(a) - rank.indexOf(b));
  $("share").textContent = ""; const focused = document.activeElement && document.activeElement.dataset.outcome;
  $("chips").textContent = "";
  for (const name of all) {
    const part = el("i"); part.style.setProperty("--c", colour(name)); part.style.flex = String(counts[name] || 0);
    $("share").append(part);
    const chip = el("button", "chip"); chip.type = "button"; chip.dataset.outcome = name; chip.style.setProperty("--c", colour(name));
    chip.setAttribute("aria-pressed", state.outcomes.has(name));
    chip.append(el("span", "glyph", GLYPHS[name] || "?"), el("b", "", counts[name] || 0), " " + (NAMES[name] || name));
    if (MEANT[name]) chip.title = MEANT[name];
    chip.addEventListener("click", () => {
      if (!state.outcomes.delete(name)) state.outcomes.add(name);
      refresh();
    });
    $("chips").append(chip);
    if (focused === name) chip.focus();
  }
  return matching;
};
const refresh = () => {
  const matching = outcomes();
  const whole = state.from === began && state.to === ended;
  shown = matching.filter((job) => (!state.outcomes.size || state.outcomes.has(job.outcome))
    && (whole || (job.from !== null && job.from <= state.to && job.to >= state.from))).sort(compare[state.sort]);
  chosen = shown.findIndex((job) => job.index === state.job);
  $("rows").style.height = shown.length * ROW + "px";
  $("none").style.display = shown.length ? "none" : "block";
  $("count").textContent = shown.length === jobs.length ? jobs.length + " jobs" : shown.length + " of " + jobs.length + " jobs";
  $("zone").textContent = state.zone === "utc" ? "Times in UTC" : "Local times" + (HERE ? ", " + HERE : "");
  $("whole").disabled = whole;
  $("head").style.setProperty("--bar", $("scroll").offsetWidth - $("scroll").clientWidth + "px");
  facts(); details(); relayout(); write();
};
const facts = () => {
  const end = parts(began).day === parts(ended).day ? clock(ended) : moment(ended);
  const across = time(data.began_at) === null ? "" : moment(began) + " to " + end + " (" + long(ended - began) + ")";
  const plays = data.plays.length > 3 ? data.plays.slice(0, 3).join(", ") + " and " + (data.plays.length - 3) + " more" : data.plays.join(", ");
  $("facts").textContent = [plays, across, "written " + moment(time(data.written_at))].filter(Boolean).join(" \u00b7 ");
};
const zoom = (from, to) => {
  const least = Math.min(1000, ended - began), middle = (from + to) / 2, half = Math.max(to - from, least) / 2;
  state.from = Math.max(began, middle - half); state.to = Math.min(ended, middle + half); refresh();
};

// One job

const list = (title, lines) => {
  if (!lines.length) return [];
  const items = el("ul");
  for (const line of lines) items.append(el("li", "", line));
  return [el("h2", "", title), items];
};
const table = (title, heads, rows) => {
  if (!rows.length) return [];
  const node = el("table"), top = node.appendChild(el("tr"));
  for (const head of heads) top.append(el("th", "", head));
  for (const row of rows) {
    const line = node.appendChild(el("tr"));
    row.forEach((cell, n) => line.append(el("td", heads[n] === "for" || heads[n] === "from" ? "num" : "", cell)));
  }
  return [el("h2", "", title), node];
};
const details = () => {
  const panel = $("more"), job = state.job === null ? null : jobs[state.job];
  panel.style.display = job ? "block" : "none"; panel.textContent = "";
  if (!job) return;
  panel.style.setProperty("--c", colour(job.outcome));
  const close = el("button", "", "\u2715"); close.type = "button"; close.id = "close"; close.setAttribute("aria-label", "Close the details");
  close.addEventListener("click", shut);
  const title = el("h2"), facts = el("dl");
  title.append(el("span", "glyph", GLYPHS[job.outcome] || "?"), " " + job.device);
  const fact = (name, value) => { if (value !== null && value !== undefined && value !== "") facts.append(el("dt", "", name), el("dd", "", value)); };
  fact("outcome", (NAMES[job.outcome] || job.outcome) + (tags(job).length ? " (" + tags(job).join(", ") + ")" : ""));
  fact("operation", job.operation); fact("job id", job.id); fact("endpoint", job.endpoint); fact("behind it", job.target);
  fact("state", job.state && job.state + (job.vendor_state ? " (" + job.vendor_state + ")" : ""));
  if (job.handle || job.from !== null) fact("changed", job.changed ? "yes" : "no");
  fact("submitted", moment(time(job.submitted_at))); fact("finished", moment(time(job.finished_at)));
  fact("shown from", job.from === null ? "" : moment(job.from) + " to " + clock(job.to) + ", " + long(job.to - job.from));
  fact("looks", job.polls || ""); fact("outages", job.outages ? job.outages + " (" + long(job.outage_seconds * 1000) + ")" : "");
  fact("play", job.play); fact("task", job.task); fact("module", job.module); fact("host", job.host === job.device ? "" : job.host);
  panel.append(close, title);
  const why = job.reason || MEANT[job.outcome];
  if (why) panel.append(el("div", "reason", why));
  panel.append(facts);
  const phases = job.parts.map((part) => [clock(part.at), KINDS[part.kind] + (part.words ? ": " + part.words : ""), long(part.to - part.at)]);
  panel.append(...table("Course", ["from", "what", "for"], phases));
  panel.append(...list("Messages", job.messages), ...list("Warnings", job.warnings));
  const targets = job.targets.map((target) => [target.name, target.state + (target.vendor_state ? " (" + target.vendor_state + ")" : ""),
    [...target.messages, ...target.warnings].join("\n")]);
  panel.append(...table("Targets", ["name", "state", "says"], targets));
  if (job.targets_left_out) panel.append(el("p", "soft", "and " + job.targets_left_out + " more, which are not on this page"));
  if (job.handle) {
    const text = el("pre", "", JSON.stringify(job.handle)), copy = el("button", "", "Copy"); copy.type = "button";
    copy.addEventListener("click", () => take(text, copy));
    panel.append(el("h2", "", "Handle, to wait for the job again"), copy, text);
  }
};
const take = (node, button) => {
  const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
  const byHand = () => { getSelection().selectAllChildren(node); if (document.execCommand("copy")) done(); };
  if (navigator.clipboard) navigator.clipboard.writeText(node.textContent).then(done, byHand); else byHand();
};
const shut = () => { state.job = null; details(); write(); relayout(); $("scroll").focus(); };
const relayout = () => { axis(); overview(); redraw(); };

// Hands

let waiting = false;
$("scroll").addEventListener("scroll", () => {
  if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; draw(); }); }
});
$("rows").addEventListener("click", (event) => {
  const row = event.target.closest(".row"), opened = state.job !== null;
  if (row) { choose(Number(row.dataset.place), true); if (!opened) relayout(); }
});
$("scroll").addEventListener("keydown", (event) => {
  const page = Math.max(1, Math.floor($("scroll").clientHeight / ROW) - 1), opened = state.job !== null;
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -jobs.length, End: jobs.length };
  if (event.key in moves) choose(chosen + moves[event.key], false);
  else if (event.key === "Enter" || event.key === " ") { choose(chosen, true); if (!opened) relayout(); }
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.job !== null) shut();
  if (event.key === "/" && document.activeElement !== $("search")) { $("search").focus(); event.preventDefault(); }
});
let typing = 0;
$("search").addEventListener("input", () => {
  clearTimeout(typing); typing = setTimeout(() => { state.q = $("search").value; $("scroll").scrollTop = 0; refresh(); }, 80);
});
$("sort").addEventListener("change", () => { state.sort = $("sort").value; refresh(); });
$("zone").addEventListener("click", () => { state.zone = state.zone === "utc" ? "local" : "utc"; refresh(); });
$("closer").addEventListener("click", () => { const q = (state.to - state.from) / 4; zoom(state.from + q, state.to - q); });
$("wider").addEventListener("click", () => { const h = (state.to - state.from) / 2; zoom(state.from - h, state.to + h); });
$("whole").addEventListener("click", () => zoom(began, ended));
let start = null;
const share = (event) => {
  const box = $("overview").getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
};
$("overview").addEventListener("pointerdown", (event) => { start = share(event); $("overview").setPointerCapture(event.pointerId); });
$("overview").addEventListener("pointermove", (event) => {
  if (start === null) return;
  const now = share(event);
  $("brush").style.display = "block"; place($("brush"), 100 * Math.min(start, now), 100 * Math.max(start, now));
});
$("overview").addEventListener("pointerup", (event) => {
  const now = share(event), from = state.from, span = state.to - state.from, began = start;
  start = null; $("brush").style.display = "none";
  if (began !== null && Math.abs(now - began) > 0.01) zoom(from + span * Math.min(began, now), from + span * Math.max(began, now));
});
$("overview").addEventListener("dblclick", () => zoom(began, ended));
addEventListener("resize", relayout);
addEventListener("hashchange", () => { read(); set(); refresh(); });
addEventListener("beforeprint", () => draw(true));
addEventListener("afterprint", () => draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", overview);

const set = () => { $("search").value = state.q; $("sort").value = state.sort; };
document.title = "Jobs of " + (data.playbook || "a run");
$("title").textContent = document.title;
$("chart").style.setProperty("--names", Math.min(240, 9.4 * longest + 10) + "px");
if (!data.complete) $("state").textContent = "not complete: the run was going on, or was broken off";
else $("state").style.display = "none";
read(); set(); refresh();
if (state.job !== null) choose(chosen, true);
document.documentElement.dataset.ready = "yes";
})();
"""

BODY = r"""
<header>
<h1 id="title">Jobs</h1><span id="state"></span>
<div id="facts" class="soft"></div>
<div id="share" aria-hidden="true"></div>
<div id="chips" role="group" aria-label="Show only these outcomes"></div>
</header>
<div id="tools">
<input id="search" type="search" placeholder="Search: device, job id, task" aria-label="Search by device, job id, task or reason">
<label>Sort by <select id="sort"><option value="time">begin</option><option value="device">device</option>
<option value="outcome">outcome, worst first</option><option value="seconds">duration, longest first</option></select></label>
<button id="zone" type="button" title="Switch between UTC and the time zone of this computer"></button>
<button id="closer" type="button" aria-label="A shorter time" title="A shorter time">+</button>
<button id="wider" type="button" aria-label="A longer time" title="A longer time">&#8722;</button>
<button id="whole" type="button">Whole run</button>
<span id="count" class="soft" role="status"></span>
</div>
<main>
<section id="chart">
<div id="head"><span><span class="name">Outcome</span></span><span>Device</span><span class="what">Operation<br><span id="most"></span></span>
<div id="times"><canvas id="overview" role="img"></canvas><div id="brush"></div><div id="ticks" aria-hidden="true"></div></div>
<span class="long">Took</span></div>
<div id="scroll" tabindex="0" role="listbox" aria-label="Jobs. Arrow keys move, Enter shows the details."><div id="rows"></div>
<div id="none">No job fits.</div></div>
</section>
<aside id="more" aria-label="Details of a job"></aside>
</main>
<footer aria-label="Legend">
<span>A bar has the colour of its outcome.</span>
<span><i><i class="seg running"></i></i>running</span><span><i><i class="seg pending"></i></i>pending</span>
<span><i><i class="seg outage"></i></i>no answer (outage)</span><span><i><i class="seg unknown"></i></i>state not known</span>
<span><i><i class="seg unwatched"></i></i>nobody looked</span><span><i><i class="seg no_job"></i></i>task at work, no job yet</span>
<span>&#9670; adopted: in flight already when the task began</span>
<noscript>This page needs JavaScript to draw. The same data is in the JSON file beside it.</noscript>
</footer>
"""

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{style}'; script-src '{script}'"


def page(document: Mapping[str, t.Any]) -> str:
    """Return the page of *document*, as `Timeline.document` returns it."""
    policy = _POLICY.format(style=_hash(STYLE), script=_hash(SCRIPT))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<title>Jobs</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>{BODY}"
        f'<script type="application/json" id="data">{embedded(document)}</script>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def embedded(document: Mapping[str, t.Any]) -> str:
    """Return *document* as JSON that can stand in HTML: nothing in it can end the element or begin another."""
    text = json.dumps(document, separators=(",", ":"), default=str)  # ASCII, so that no encoding can spoil it
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
