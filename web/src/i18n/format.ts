import type { Language } from "./language";

/** A count as people of this language write it, in full: 12,345. */
export function formatNumber(value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value);
}

/** A count in little room: 12K, 1.2만. */
export function formatCompact(value: number, language: Language): string {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** A point in time, with its date and in the reader's own time zone. */
export function formatTime(time: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ["year", 31_556_952],
  ["month", 2_629_746],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago something was, in the largest unit that fits. What lies ahead, by clocks that differ, is now. */
export function formatAge(time: string, now: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  const fitting = UNITS.find(([, length]) => seconds >= length);
  return fitting ? format.format(-Math.floor(seconds / fitting[1]), fitting[0]) : format.format(0, "second");
}
