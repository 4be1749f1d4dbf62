import type { Band } from '../../platform/http/charts.ts';
import { formatCount, formatUnobserved } from '../../runtime/format.ts';
import { type Span, spanMs } from '../accounting/span.ts';
import { describeSpan, type SpanSetting } from '../span-text.ts';

/** Spans this close together are drawn as one band: a narrower gap is invisible on a phone. */
const BAND_GAP_MS = 4 * 60_000;

/** Bands over a day's chart where it was not observed; `unobserved` in order, without overlaps. */
export function unobservedBands(unobserved: readonly Span[], setting: SpanSetting): Band[] {
  const groups: Span[][] = [];
  for (const span of unobserved) {
    const last = groups.at(-1)?.at(-1);
    if (last === undefined || span.startAt - last.endAt > BAND_GAP_MS) groups.push([span]);
    else groups.at(-1)?.push(span);
  }
  return groups.map((spans) => {
    const whole = { startAt: spans[0]?.startAt ?? setting.startAt, endAt: spans.at(-1)?.endAt ?? setting.endAt };
    const lostMs = spans.reduce((sum, span) => sum + spanMs(span), 0);
    const pieces =
      spans.length === 1 ? '' : ` ${formatCount(spans.length, 'time', 'times')}, ${formatUnobserved(lostMs)} in all`;
    return { ...whole, label: `${describeSpan(whole, setting)} data missing${pieces}` };
  });
}
