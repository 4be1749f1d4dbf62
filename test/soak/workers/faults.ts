import type { RedisServer } from '../../support/redis-server.ts';
import type { Notes } from '../begin.ts';
import { sleep } from '../crew.ts';
import type { SpellLog } from '../health/spells.ts';
import type { Stage } from '../soak.ts';
import type { WorkersFault } from './plan.ts';

/** What several workers share beside the database. */
export interface SharedRedis {
  readonly server: RedisServer;
  /** When it did not answer. */
  readonly away: SpellLog;
}

/** Has a fault begin, and end at its time. */
export async function beginWorkersFault(
  { kind, forMs }: WorkersFault,
  stage: Stage,
  redis: SharedRedis,
  { note, alone }: Notes,
): Promise<void> {
  const { crew, store } = stage;
  switch (kind) {
    case 'kill':
      note('worker: killed');
      return await crew.kill(forMs);
    case 'freeze':
      return await alone('freeze', 'worker: stopped and continued', () => crew.freeze(forMs));
    case 'join':
      return await alone('join', 'worker: one more joins, and leaves', () => crew.join(forMs));
    case 'leave':
      note('worker: leaves, and another one comes');
      return await crew.leave(forMs);
    case 'redis-restart':
      return await alone('redis', 'redis: ends, and comes back empty', () =>
        away(redis, forMs, redis.server.kill, redis.server.start),
      );
    case 'redis-freeze':
      return await alone('redis', 'redis: answers nothing', () =>
        away(redis, forMs, redis.server.pause, redis.server.resume),
      );
    case 'database-restart':
      return await alone('store', 'database: ends, and comes back', async () => {
        stage.storeTrouble.set(true);
        const heal = await store.begin('kill');
        await sleep(forMs);
        await heal();
        stage.storeTrouble.set(false);
      });
  }
}

async function away(
  redis: SharedRedis,
  forMs: number,
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void,
): Promise<void> {
  redis.away.set(true);
  await begin();
  await sleep(forMs);
  await end();
  redis.away.set(false);
}
