import type { Logger } from '../runtime/logger.ts';
import type { Member } from './ports.ts';

/** Tells the log which other workers come and go. */
export interface Company {
  /** `others` are there now; `listed` are all that are on the list, also those that were not heard of for a while. */
  seen(others: readonly Member[], listed: readonly Member[]): void;
}

/** Those that are there at the first look are not told. */
export function createCompany(logger: Logger): Company {
  let known: readonly Member[] | null = null;
  return {
    seen(others, listed) {
      const before = known;
      known = others;
      if (before === null) return;
      const isIn = (all: readonly Member[], { worker }: Member) => all.some((each) => each.worker === worker);
      for (const each of others) if (!isIn(before, each)) logger.info(nameOf(each), 'another worker has joined');
      for (const each of before) {
        if (isIn(others, each)) continue;
        // Who leaves takes itself off the list.
        if (isIn(listed, each)) logger.warn(nameOf(each), 'another worker is lost: the others take over its routers');
        else logger.info(nameOf(each), 'another worker has left');
      }
    },
  };
}

function nameOf({ worker, host }: Member): object {
  return { other: worker, host };
}
