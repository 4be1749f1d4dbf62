import { findMismatches, sumLines } from './books.ts';
import type { Happening } from './happenings.ts';
import {
  type DemoView,
  describeHappening,
  describeMismatch,
  describePages,
  describeTotals,
  LEGEND,
  renderProgress,
  renderScreen,
} from './screen.ts';
import { openTerminal, type TerminalOutput } from './terminal.ts';

/** Shows the user what happens. */
export interface Reporter {
  /** Says where the worker's pages are. */
  open(pagesUrl: string | null): void;
  tell(happening: Happening, timeZone: string): void;
  show(view: DemoView): void;
  /** The final output: every queue whose booked bytes are wrong, what else was noted wrongly, a few lines of farewell, and the sums. */
  conclude(view: DemoView, faults: readonly string[], farewell: readonly string[]): void;
  /** Restores the terminal; may be called again. */
  end(): void;
}

export type ReporterOutput = TerminalOutput & { readonly isTTY?: boolean };

/** Lines of the screen that only make sense while it runs. */
const HEADING_LINES = 3;
const HOUR_MS = 3_600_000;
/** A pseudo-terminal may not know its size. */
const COMMON_SIZE = { columns: 80, rows: 24 };

/** Redraws a screen in place on a terminal; else writes plain lines. */
export function createReporter(output: ReporterOutput): Reporter {
  return output.isTTY === true ? createScreenReporter(output) : createLineReporter(output);
}

function createScreenReporter(output: ReporterOutput): Reporter {
  const terminal = openTerminal(output);
  const screen = (view: DemoView) =>
    renderScreen(view, { columns: output.columns || COMMON_SIZE.columns, rows: output.rows || COMMON_SIZE.rows });
  return {
    open: () => undefined,
    tell: () => undefined,
    show: (view) => terminal.draw(screen(view)),
    conclude(view, faults, farewell) {
      terminal.restore();
      writeFaults(output, view, faults);
      output.write(`${farewell.join('\n')}\n`);
      // What was watched stays to be read; its last line has the sums.
      const lines = screen(view).slice(HEADING_LINES);
      for (const { text } of lines) if (text !== '') output.write(`${text}\n`);
    },
    end: () => terminal.restore(),
  };
}

function createLineReporter(output: ReporterOutput): Reporter {
  let shownHour = Number.NaN;
  return {
    open(pagesUrl) {
      if (pagesUrl !== null) output.write(`${describePages(pagesUrl)}\n`);
      output.write(`${LEGEND.join('\n')}\n`);
    },
    tell: (happening, timeZone) => output.write(`${describeHappening(happening, timeZone)}\n`),
    show(view) {
      const hour = Math.floor(view.at / HOUR_MS);
      if (hour !== shownHour) output.write(`${renderProgress(view)}\n`);
      shownHour = hour;
    },
    conclude(view, faults, farewell) {
      writeFaults(output, view, faults);
      output.write(`${renderProgress(view)}\n${farewell.join('\n')}\n${describeTotals(sumLines(view.lines))}\n`);
    },
    end: () => undefined,
  };
}

function writeFaults(output: ReporterOutput, view: DemoView, faults: readonly string[]): void {
  const lines = [...findMismatches(view.lines).map(describeMismatch), ...faults];
  for (const line of lines) output.write(`${line}\n`);
}
