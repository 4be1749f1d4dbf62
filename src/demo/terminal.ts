import type { ScreenLine } from './screen.ts';

/** What of a terminal is needed to draw on it. */
export type TerminalOutput = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>;

/** Redraws a whole screen in place. */
export interface Terminal {
  draw(lines: readonly ScreenLine[]): void;
  /** Gives the terminal back as it was; may be called again. */
  restore(): void;
}

const ESC = '\x1b[';
const ALTERNATE_SCREEN = { on: `${ESC}?1049h`, off: `${ESC}?1049l` };
const CURSOR = { hide: `${ESC}?25l`, show: `${ESC}?25h`, home: `${ESC}H` };
/** Terminals that know it show a frame only when it is whole; the others pass over it. */
const FRAME = { begin: `${ESC}?2026h`, end: `${ESC}?2026l` };
const CLEAR = { toEndOfLine: `${ESC}K`, below: `${ESC}J` };
const TONES = { plain: '', strong: `${ESC}1m`, faint: `${ESC}2m` };
const PLAIN_AGAIN = `${ESC}0m`;

export function openTerminal(output: TerminalOutput): Terminal {
  let restored = false;
  output.write(ALTERNATE_SCREEN.on + CURSOR.hide);
  return {
    draw(lines) {
      const drawn = lines.map(({ text, tone }) => TONES[tone] + text + PLAIN_AGAIN + CLEAR.toEndOfLine).join('\r\n');
      output.write(FRAME.begin + CURSOR.home + drawn + CLEAR.below + FRAME.end);
    },
    restore() {
      if (!restored) output.write(CURSOR.show + ALTERNATE_SCREEN.off);
      restored = true;
    },
  };
}
