import { styleText } from 'node:util';
import type { Environment } from '../../config/secret.ts';

/** Where text is written to. */
export interface Output {
  /** `false`: it takes no more until it says `drain`. */
  write(text: string | Uint8Array): unknown;
  /** Absent where it always takes more. */
  once?(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What can be shown on an output. */
export interface Screen {
  /** Columns; without end when it is no terminal, so that nothing is cut in a file. */
  readonly width: number;
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** Colours only on a terminal, and never with NO_COLOR (https://no-color.org). */
export function createScreen(output: Output, env: Environment): Screen {
  const isTerminal = output.isTTY === true;
  const isColoured = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint = (style: 'red' | 'yellow' | 'dim' | 'bold') => (text: string) =>
    isColoured && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return {
    width: isTerminal ? (output.columns ?? 80) : Number.POSITIVE_INFINITY,
    red: paint('red'),
    yellow: paint('yellow'),
    dim: paint('dim'),
    bold: paint('bold'),
  };
}
