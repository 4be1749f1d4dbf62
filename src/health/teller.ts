import type { Composition } from '../notices/letter.ts';
import type { OutgoingNotice } from '../notices/notice.ts';
import type { PageLinks } from '../notices/ports.ts';
import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { type Bulletin, gather, type Told, type WaitingNews } from './gather.ts';
import { healthLetter } from './health-letter.ts';
import type { Placed } from './parents.ts';
import { waysTo } from './parents.ts';
import type { DeviceRecord, Telling } from './ports.ts';

export interface TellerDeps {
  readonly devices: () => readonly Placed[];
  /** By its name. */
  readonly find: (name: string) => Placed | null;
  readonly records: () => Iterable<DeviceRecord>;
  /** The notice for those who are to be told; `null`: nobody is. */
  readonly noticeOf: (
    composition: Composition,
    about: { readonly event: Bulletin['event']; readonly devices: readonly string[]; readonly now: number },
  ) => OutgoingNotice | null;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  readonly everyMs: number;
  readonly timeZone: string;
  readonly clock: Pick<Clock, 'now' | 'earliestAt'>;
}

/** Failures until a device counts for the fall of a large part of the fleet: one alone may be a lost packet. */
const FAILURES_TO_COUNT = 2;

/** Says what is to be told of the news that waits; see `gather`. */
export function createTeller(deps: TellerDeps): (waiting: readonly WaitingNews[], told: Told) => Telling {
  const { find, everyMs, timeZone, pages, clock } = deps;

  return (waiting, before) => {
    // What is written by a clock that is not set is outdated when it is: the news waits.
    if (clockTrouble(clock) !== null) return { notices: [], ids: [], told: before };
    const now = clock.now();
    const devices = deps.devices();
    const records = new Map([...deps.records()].map((record) => [record.health.device, record]));
    const isFailing = ({ name }: Placed) => (records.get(name)?.health.failures ?? 0) > 0;
    const watched = devices.filter(({ name }) => records.get(name)?.health.state !== 'paused').length;
    const suspects = devices.flatMap((device) => {
      const health = records.get(device.name)?.health;
      if (health === undefined || health.failures < FAILURES_TO_COUNT || health.state === 'down') return [];
      return waysTo(device, find).some(isFailing) ? [] : (health.failingSince?.at ?? []);
    });
    const fallen = waiting.flatMap(({ event, since }) => (event === 'down' ? since : []));
    const { bulletins, told } = gather(waiting, before, {
      ...{ now, everyMs },
      fleet: { size: watched, fallenAt: [...suspects, ...fallen] },
    });
    const behind = (name: string) =>
      devices.filter(
        (device) =>
          records.get(device.name)?.health.state === 'unreachable' &&
          waysTo(device, find).some((each) => each.name === name),
      ).length;
    const notices = bulletins.flatMap((bulletin) => {
      const about = [...bulletin.news, ...bulletin.recovered].map(({ device }) => device);
      const composition = healthLetter(bulletin, { now, timeZone, pages, watched, behind });
      const notice = deps.noticeOf(composition, { event: bulletin.event, devices: [...new Set(about)], now });
      return notice === null ? [] : [{ notice, event: bulletin.event, news: bulletin.news }];
    });
    return { notices, ids: bulletins.flatMap(({ ids }) => ids), told };
  };
}
