// Time to a limit, or since it: `12:05`, `1:02:05`, `2 d 03:10:00` in the words given.
export function countdown(limit: string, now: number, days: (n: number) => string): string {
  const seconds = Math.floor(Math.abs(Date.parse(limit) - now) / 1000);
  if (!Number.isFinite(seconds)) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  const [day, hour, minute, second] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (day > 0) return `${days(day)} ${two(hour)}:${two(minute)}`;
  return hour > 0 ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
}
