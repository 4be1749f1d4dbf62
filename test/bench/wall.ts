import { createRoster } from '../../src/devices/roster.ts';
import { fleetOf, recordsOf } from '../support/fleet.ts';
import { writeHealth } from '../support/health-site.ts';
import { EVENING, servePages } from '../support/pages.ts';
import type { BenchRow } from './harness.ts';
import { views } from './pages.ts';

const DEVICES = 1_000;
const LIMIT = { limit: 100, limits: 'CPU' } as const;
const MINUTE_MS = 60_000;

/** Processor time of the device wall as browsers ask for it; every device has new figures at each view. */
export async function run(): Promise<BenchRow[]> {
  const devices = fleetOf(DEVICES);
  const roster = createRoster([{ devices: () => devices, follow: () => {} }]);
  const pages = await servePages({ password: null, roster });
  const { database, clock, hostClock } = pages;
  const note = async () => {
    clock.advance(MINUTE_MS);
    hostClock.advance(MINUTE_MS);
    await writeHealth(database, { at: clock.now(), records: recordsOf(devices, clock.now()) });
  };
  try {
    await writeHealth(database, { at: EVENING, records: recordsOf(devices, EVENING) });
    const all = await views(`${pages.url}/devices`, note);
    const problems = await views(`${pages.url}/devices?state=problems`, note);
    return [
      { name: `wall of ${DEVICES} devices`, ...all, ...LIMIT },
      { name: '… only those with a problem', ...problems, ...LIMIT },
    ];
  } finally {
    await pages.close();
  }
}
