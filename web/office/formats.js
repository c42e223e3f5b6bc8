/** formats: times, lengths and sizes as people read them. */

/** @typedef {import("../shared/words.js").Words<typeof import("./fr.js").fr>} OfficeWords */

/** "3 nov. 2026, 14:02" here. @param {OfficeWords} words @param {number} ms  UTC */
export function day(words, ms) {
  return ms ? new Date(ms).toLocaleString(words.lang, { dateStyle: "medium", timeStyle: "short" }) : "";
}

/** "14:02:05" here. @param {OfficeWords} words @param {number} ms  UTC */
export function clock(words, ms) {
  return new Date(ms).toLocaleTimeString(words.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** "2026-11-03 13:02:05 UTC". @param {number} ms */
export function utc(ms) {
  return ms ? `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC` : "";
}

/** "2 min 13 s". @param {number} ms */
export function length(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const parts = [[Math.floor(s / 3600), "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
  const shown = parts.filter(([n], i) => n || (i === 2 && s < 60)).map(([n, unit]) => `${n}\u00a0${unit}`);
  return shown.join(" ");
}

/** "3,4 Mo". @param {OfficeWords} words @param {number} bytes */
export function size(words, bytes) {
  const step = bytes < 1e6 ? 1e3 : 1e6;
  const digits = { maximumFractionDigits: bytes < 1e6 ? 0 : 1 };
  return words.text(step === 1e3 ? "sizeKilo" : "sizeMega", { n: (bytes / step).toLocaleString(words.lang, digits) });
}

/** The word for a value, or the value itself. @param {OfficeWords} words @param {string} prefix @param {unknown} value */
export function name(words, prefix, value) {
  const key = `${prefix}_${value}`;
  return words.has(key) ? words.text(key) : String(value ?? "");
}

/** What happened, in a sentence. @param {OfficeWords} words @param {import("./api.js").Happened} happened */
export function sentence(words, { event, data }) {
  const special = `event_${event}_${data.step ?? data.what ?? data.who}`;
  const key = words.has(special) ? special : `event_${event}`;
  if (!words.has(key)) return event;
  return words.text(key, {
    ...data,
    cap: name(words, "cap", data.cap),
    why: name(words, "why", data.why),
    who: name(words, "who", data.who),
    how: name(words, "how", data.how ?? data.what),
    for: name(words, "for", data.for),
    state: name(words, "alert", data.state),
    reason: name(words, "outcome", data.reason ?? data.why),
    by: Array.isArray(data.by) ? data.by.join(", ") : String(data.by ?? ""),
  });
}
