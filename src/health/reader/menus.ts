import { RouterTrapError } from '../../platform/routeros/errors.ts';
import type { LineUse } from '../../platform/routeros/line.ts';
import type { Row, Sentence } from '../../platform/routeros/sentence.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A question to a menu. A row that gives `null` is not kept. */
export interface Question<T> {
  readonly menu: string;
  /** Default `print`. */
  readonly verb?: string;
  /** Default: all, where no list of names could be complete. */
  readonly properties?: readonly string[];
  /** Further words, such as queries. */
  readonly words?: readonly string[];
  readonly toResult: (row: Sentence) => T | null;
}

/** The menus of a router over its line. */
export interface Menus {
  /** What is kept of the rows. Rejects as the line does, with a `RouterTrapError` where the router refuses or lacks the menu. */
  list<T>(question: Question<T>): Promise<T[]>;
  /** The same, with `null` where the router refuses or lacks the menu: then it is left alone for a while. */
  ask<T>(question: Question<T>): Promise<T[] | null>;
}

/** Of a list, the rest is not kept. */
const MOST_ROWS = 256;
const LEFT_ALONE_MS = 600_000;

/** Gives the menus over each connection; what was refused is remembered over all of them. */
export function createMenuBook(clock: Clock): (over: LineUse) => Menus {
  const refusedUntilMs = new Map<string, number>();

  return ({ client, deadlineMs }) => {
    async function list<T>({ menu, verb = 'print', properties, words = [], toResult }: Question<T>): Promise<T[]> {
      let kept = 0;
      const keep = (row: Sentence): T | null => {
        const result = kept < MOST_ROWS ? toResult(row) : null;
        if (result !== null) kept += 1;
        return result;
      };
      const proplist = properties === undefined ? [] : [`=.proplist=${properties.join(',')}`];
      const options = { toResult: keep, totalTimeoutMs: deadlineMs - clock.monotonicMs() };
      const { rows } = await client.command([`${menu}/${verb}`, ...proplist, ...words], options);
      return rows.filter((row) => row !== null);
    }
    return {
      list,
      async ask(question) {
        const { menu } = question;
        if ((refusedUntilMs.get(menu) ?? Number.NEGATIVE_INFINITY) > clock.monotonicMs()) return null;
        try {
          return await list(question);
        } catch (error) {
          if (!(error instanceof RouterTrapError)) throw error;
          refusedUntilMs.set(menu, clock.monotonicMs() + LEFT_ALONE_MS);
          return null;
        }
      },
    };
  };
}

/** A row that can be kept. */
export function keptRow(row: Row, properties: readonly string[]): Row {
  return new Map(properties.map((name) => [name, row.get(name)]));
}

/** Names and values of a row, however they are called. */
export function pairsOf(row: Sentence): (readonly [name: string, value: string])[] {
  return row.words().flatMap((word) => {
    const cut = word.indexOf('=', 1);
    return word.startsWith('=') && cut > 1 ? [[word.slice(1, cut), word.slice(cut + 1)] as const] : [];
  });
}
