/**
 * Figures as people read them: units, sensible digits, and a dash where there is no data. The locale is
 * always named, because the desktop may run under LANG=C. Never turns a missing figure into zero.
 */

export const MISSING = '–';
/** Hover text that goes with {@link MISSING}. */
export const MISSING_TITLE = 'no data';

type Maybe = number | null | undefined;
const LOCALE = 'en-US';
const here = (v: Maybe): v is number => typeof v === 'number' && Number.isFinite(v);

const plain = new Map<string, Intl.NumberFormat>();
function fixed(value: number, min: number, max: number): string {
  const key = `${min}:${max}`;
  let f = plain.get(key);
  if (!f) {
    f = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: min, maximumFractionDigits: max });
    plain.set(key, f);
  }
  return f.format(value);
}

/** About three significant digits, grouped from 1,000 on. */
export function digits(value: Maybe, significant = 3): string {
  if (!here(value)) return MISSING;
  const size = Math.abs(value);
  if (size === 0) return '0';
  const whole = Math.floor(Math.log10(size)) + 1;
  const places = Math.max(0, Math.min(6, significant - Math.max(whole, 1)));
  return fixed(value, 0, size < 0.001 ? 6 : places);
}

/** Whole counts, grouped as every figure is: 18,204. */
export function count(value: Maybe): string {
  return here(value) ? fixed(Math.round(value), 0, 0) : MISSING;
}

/** Short counts for axes: 4 k, 1.2 M. */
export function short(value: Maybe): string {
  if (!here(value)) return MISSING;
  const size = Math.abs(value);
  for (const [at, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (size >= at) return `${digits(value / at, 2)} ${unit}`;
  return digits(value, 2);
}

/** CPU in cores; below a tenth in millicores, as manifests write them. */
export function cores(value: Maybe): string {
  if (!here(value)) return MISSING;
  if (value !== 0 && Math.abs(value) < 0.1) return `${digits(value * 1000)} mcores`;
  return `${fixed(value, 0, 2)} ${value === 1 ? 'core' : 'cores'}`;
}

/** Memory and disk in binary units. */
export function bytes(value: Maybe): string {
  if (!here(value)) return MISSING;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${value < 0 ? '-' : ''}${digits(size, size >= 100 ? 4 : 3)} ${units[unit]}`;
}

/** A duration given in milliseconds: 84 ms, 1.24 s, 3 min 20 s. */
export function ms(value: Maybe): string {
  if (!here(value)) return MISSING;
  const size = Math.abs(value);
  if (size === 0) return '0 ms';
  if (size < 1) return `${digits(value * 1000)} µs`;
  if (size < 1000) return `${digits(value)} ms`;
  return seconds(value / 1000);
}

/** A duration given in seconds: 84 ms, 1.24 s, 3 min 20 s, 2 h 5 min. */
export function seconds(value: Maybe): string {
  if (!here(value)) return MISSING;
  const size = Math.abs(value);
  if (size !== 0 && size < 1) return ms(value * 1000);
  if (size < 60) return `${digits(value)} s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.round(size);
  const two = (a: number, unit: string, b: number, sub: string) =>
    `${sign}${a} ${unit}${b ? ` ${b} ${sub}` : ''}`;
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86400), 'd', Math.floor((whole % 86400) / 3600), 'h');
}

/** A share as per cent; the input is 0..1. Near 0 and near 100 it keeps the digits that matter. */
export function percent(share: Maybe): string {
  if (!here(share)) return MISSING;
  const value = share * 100;
  const far = Math.min(Math.abs(value), Math.abs(100 - value));
  const places = value === 0 || value === 100 ? 0 : far < 1 ? 2 : far < 10 || value < 10 ? 1 : 0;
  return `${fixed(value, value === 0 ? 0 : places, places)} %`;
}

/** A rate per second. */
export function rate(value: Maybe): string {
  return here(value) ? `${digits(value)} /s` : MISSING;
}

const SYMBOLS: Record<string, string> = { USD: '$', EUR: '€', GBP: '£' };

/** An amount of money from its decimal string, rounded half up in decimal, never through a float. */
export function money(amount: string | null | undefined, currency: string, places?: number): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount?.trim() ?? '');
  if (!m) return MISSING;
  const [, sign, whole = '0', part = ''] = m;
  const small = /^0*$/.test(whole) && /^0[^0]|^00/.test(part);
  const keep = places ?? (small && /[1-9]/.test(part) ? Math.min(6, part.search(/[1-9]/) + 2) : 2);
  const padded = (part + '0'.repeat(keep + 1)).slice(0, keep + 1);
  let scaled = BigInt(whole + padded.slice(0, keep));
  if (padded[keep]! >= '5') scaled += 1n;
  const text = scaled.toString().padStart(keep + 1, '0');
  const units = text.slice(0, text.length - keep).replace(/\B(?=(\d{3})+$)/g, ',');
  const figure = keep ? `${units}.${text.slice(-keep)}` : units;
  const minus = sign && scaled !== 0n ? '-' : '';
  const symbol = SYMBOLS[currency];
  return symbol ? `${minus}${symbol}${figure}` : `${minus}${figure} ${currency}`;
}

/** Money per hour: $12.40/h. */
export function moneyPerHour(price: { amount: string; currency: string } | null | undefined): string {
  const text = price ? money(price.amount, price.currency) : MISSING;
  return text === MISSING ? MISSING : `${text}/h`;
}

const two = (n: number) => String(n).padStart(2, '0');

/** Seconds of a span of nanoseconds given as a decimal string (exact to the microsecond). */
export function nsToSeconds(ns: string | null | undefined): number | null {
  return ns != null && /^-?\d+$/.test(ns) ? Number(BigInt(ns) / 1000n) / 1e6 : null;
}

/** Nanoseconds as a decimal string from seconds. */
export function secondsToNs(s: number): string {
  return (BigInt(Math.round(s * 1e6)) * 1000n).toString();
}

/** Simulated time from seconds since the start of the world: day 1 10:43:20. */
export function simTime(s: Maybe): string {
  if (!here(s)) return MISSING;
  const whole = Math.max(0, Math.floor(s));
  return `day ${Math.floor(whole / 86400) + 1} ${clock(whole)}`;
}

/** Time of day from seconds: 10:43:20, or 10:43 without seconds. */
export function clock(s: Maybe, withSeconds = true): string {
  if (!here(s)) return MISSING;
  const day = ((Math.floor(s) % 86400) + 86400) % 86400;
  const text = `${two(Math.floor(day / 3600))}:${two(Math.floor((day % 3600) / 60))}`;
  return withSeconds ? `${text}:${two(day % 60)}` : text;
}

/** How long ago a moment (ISO text or epoch ms) was. */
export function age(at: string | number | null | undefined, now: number = Date.now()): string {
  const then = typeof at === 'string' ? Date.parse(at) : at;
  if (!here(then)) return MISSING;
  const s = Math.max(0, (now - then) / 1000);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/** A moment of the wall clock, in UTC and in a fixed form: 2026-07-20 14:03:11 UTC. */
export function wallTime(at: string | number | null | undefined): string {
  const then = typeof at === 'string' ? Date.parse(at) : at;
  return here(then) ? `${new Date(then).toISOString().slice(0, 19).replace('T', ' ')} UTC` : MISSING;
}

/** "1 pod", "3 pods". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
