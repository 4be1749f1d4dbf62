import { formatTogether, readableName } from './format.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Smaller changes are not coloured. */
const NOTABLE_CHANGE_PERCENT = 25;

/** How a quota is used, as a bar. */
export interface QuotaMeter {
  readonly text: string;
  readonly barPercent: number;
  readonly level: 'ok' | 'near' | 'over';
}

export type ChangeLevel = 'up' | 'down' | 'flat';

/** Days in a row with bytes or without, as little bars made of block characters. */
export interface StripRun {
  readonly bars: string;
  readonly isEmpty: boolean;
}

/** A change in percent, and what it is against. */
interface Change {
  readonly percent: number;
  readonly basis: 'same-time' | 'whole';
}

/** The amounts of one row share a unit. */
export function amountsOf({
  downloadBytes,
  uploadBytes,
}: {
  readonly downloadBytes: bigint;
  readonly uploadBytes: bigint;
}): { readonly download: string; readonly upload: string; readonly total: string } {
  const [download = '', upload = '', total = ''] = formatTogether([
    downloadBytes,
    uploadBytes,
    downloadBytes + uploadBytes,
  ]);
  return { download, upload, total };
}

/** What is not nothing can be seen. */
export function quotaMeter(quota: {
  readonly percent: number;
  readonly countedBytes: bigint;
  readonly isOver: boolean;
  readonly isNear: boolean;
}): QuotaMeter {
  const { percent, countedBytes, isOver, isNear } = quota;
  return {
    text: `${Math.floor(percent)}%`,
    barPercent: Math.min(100, Math.max(countedBytes > 0n ? 2 : 0, Math.round(percent))),
    level: isOver ? 'over' : isNear ? 'near' : 'ok',
  };
}

/** How a change is coloured. */
export function changeLevel(change: Change | null): ChangeLevel {
  if (change === null || Math.abs(change.percent) < NOTABLE_CHANGE_PERCENT) return 'flat';
  return change.percent > 0 ? 'up' : 'down';
}

/** `+12%`, `−40%`, `×25`; with a mark where the column's title does not hold. */
export function changeText(change: Change | null, { marksWhole }: { readonly marksWhole: boolean }): string {
  if (change === null) return '–';
  const { percent, basis } = change;
  const text =
    percent >= 1000
      ? `×${Math.round(percent / 100 + 1).toLocaleString('en-US')}`
      : `${percent < 0 ? '−' : '+'}${Math.abs(percent)}%`;
  return marksWhole && basis === 'whole' ? `${text}°` : text;
}

/** The line below a name; `null`: none. */
export function detailOf(
  comments: readonly string[],
  router: string,
  { hasSeveralRouters }: { readonly hasSeveralRouters: boolean },
): string | null {
  const parts = [...comments.slice(0, 3), ...(hasSeveralRouters ? [router] : [])].map(readableName);
  return parts.length === 0 ? null : parts.join(' · ');
}

/** One bar a day, the user's highest day full. */
export function stripOf(days: readonly bigint[]): readonly StripRun[] {
  let highest = 1n;
  for (const bytes of days) if (bytes > highest) highest = bytes;
  const runs: { bars: string; isEmpty: boolean }[] = [];
  for (const bytes of days) {
    const bar = BARS[Number((bytes * 7n) / highest)] ?? '';
    const last = runs.at(-1);
    if (last !== undefined && last.isEmpty === (bytes === 0n)) last.bars += bar;
    else runs.push({ bars: bar, isEmpty: bytes === 0n });
  }
  return runs;
}
