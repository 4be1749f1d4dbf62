import { rateScale } from '../../runtime/byte-scale.ts';
import type { Bar, BarChart } from './charts.ts';

/** Rates of one time, bits a second; `null`: nobody knows, and there is no bar. */
export interface RateSlot {
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  readonly label: string;
}

const STEP = 10;
const BAR = 8;
/** The space below the axis is for gaps in measurement. */
const DRAWING_HEIGHT = 110;

/** Times of the same length, one bar each: download from the ground up, upload above it. */
export function rateChart(slots: readonly RateSlot[]): BarChart {
  const sums = slots.map(({ downloadBps, uploadBps }) => (downloadBps ?? 0) + (uploadBps ?? 0));
  const full = Math.max(0, ...sums);
  const heightOf = (bps: number) => (full === 0 ? 0 : Number(((bps / full) * 100).toFixed(2)));
  return {
    width: Math.max(slots.length, 1) * STEP,
    bars: slots.map(({ downloadBps, label }, index): Bar => {
      const ground = heightOf(downloadBps ?? 0);
      const top = heightOf(sums[index] ?? 0);
      return {
        ...{ x: index * STEP + (STEP - BAR) / 2, width: BAR, label },
        counted: { y: Number((100 - ground).toFixed(2)), height: ground },
        rest: { y: Number((100 - top).toFixed(2)), height: Number((top - ground).toFixed(2)) },
      };
    }),
    scale: rateScale(full).map(({ bitsPerSecond, label }) => {
      const y = Number((100 - heightOf(bitsPerSecond)).toFixed(2));
      return { y, place: `${Number(((y / DRAWING_HEIGHT) * 100).toFixed(2))}%`, label };
    }),
  };
}
