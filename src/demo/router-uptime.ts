const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Uptime as RouterOS writes it: whole seconds, units that are zero left out, `1w2d3h4m5s`. */
export function formatUptime(uptimeMs: number): string {
  let rest = Math.floor(uptimeMs / 1000);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [letter, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) text += `${count}${letter}`;
  }
  return text;
}
