const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** `1w2d3h4m5s` with any part left out, or the clock form `2w 1d 00:00:00`: RouterOS has used both. */
const UPTIME =
  /^(?=.)(?:(\d{1,6})w)? ?(?:(\d{1,6})d)? ?(?:(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?|(\d{1,6}):(\d\d):(\d\d))$/;

/** A RouterOS uptime in ms, `null` when it is none. */
export function parseUptime(text: string): number | null {
  const match = UPTIME.exec(text.trim());
  if (match === null) {
    return null;
  }
  const part = (index: number): number => Number(match[index] ?? 0);
  return (
    part(1) * WEEK_MS +
    part(2) * DAY_MS +
    (part(3) + part(6)) * HOUR_MS +
    (part(4) + part(7)) * MINUTE_MS +
    (part(5) + part(8)) * SECOND_MS
  );
}
