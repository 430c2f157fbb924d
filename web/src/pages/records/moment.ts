// Moments as a native input has them (local, no zone) and as they are kept (with the distance from UTC).

/** Minutes east of UTC at an instant (milliseconds). */
export type Zone = (instant: number) => number;
export const here: Zone = (instant) => -new Date(instant).getTimezoneOffset();

const MINUTE = 60_000;
const two = (value: number) => String(value).padStart(2, '0');

/** `2026-03-01T09:30` as `2026-03-01T09:30:00+08:00`; empty when it is no moment. */
export function toMoment(local: string, zone: Zone = here): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local)) return '';
  const whole = local.length === 16 ? `${local}:00` : local;
  const asUtc = Date.parse(`${whole}Z`);
  if (Number.isNaN(asUtc)) return '';
  // near a change of the clock the first guess may be an hour off
  const minutes = zone(asUtc - zone(asUtc) * MINUTE);
  const far = Math.abs(minutes);
  return `${whole}${minutes < 0 ? '-' : '+'}${two(Math.floor(far / 60))}:${two(far % 60)}`;
}

/** A kept moment on the clock of the reader, `2026-03-01T09:30`; empty when it is none. */
export function toLocal(moment: string, zone: Zone = here): string {
  const instant = Date.parse(moment);
  return Number.isNaN(instant) ? '' : new Date(instant + zone(instant) * MINUTE).toISOString().slice(0, 16);
}
