import type { TerminalSize } from './ports.ts';

/** Lines of an asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/), each with its end. */

export interface CastFacts {
  readonly size: TerminalSize;
  /** Unix ms. */
  readonly startedAt: number;
  readonly title: string;
}

export function castHeader({ size, startedAt, title }: CastFacts): string {
  const { columns: width, rows: height } = size;
  return lineOf({ version: 2, width, height, timestamp: Math.floor(startedAt / 1000), title });
}

/** Output, so many ms after the beginning. */
export function castOutput(atMs: number, text: string): string {
  return lineOf([secondsOf(atMs), 'o', text]);
}

export function castResize(atMs: number, { columns, rows }: TerminalSize): string {
  return lineOf([secondsOf(atMs), 'r', `${columns}x${rows}`]);
}

function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
