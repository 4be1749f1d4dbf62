import { z } from 'zod';
import type { RedisLink } from '../../platform/redis/link.ts';
import type { Member, Roll, RollCall, SelfPortrait } from '../ports.ts';
import { SHARDS } from '../shards.ts';

/** A worker that was not heard of for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** The clock is that of the server: clocks of machines differ. */
const SIGN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] then redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now) .. ' ' .. ARGV[2]) end
return { string.format('%d', now), redis.call('HGETALL', KEYS[1]) }`;

const answer = z.tuple([z.string(), z.array(z.string())]);
const shards = z.array(z.int().min(0).lt(SHARDS)).max(SHARDS);
const portrait = z.object({
  worker: z.string().max(64),
  host: z.string().max(255),
  pid: z.int(),
  startedAt: z.number(),
  isLeaving: z.boolean(),
  locked: shards,
  read: shards,
  lapsed: shards,
});

/** The list of the workers, in a hash of Redis: one field for each. */
export function createRollStore({ link, key }: { readonly link: RedisLink; readonly key: string }): Roll {
  async function call(...signature: readonly string[]): Promise<RollCall> {
    const [now, fields] = answer.parse(await link.ask((client) => client.eval(SIGN, 1, key, ...signature)));
    const members: Member[] = [];
    const old: string[] = [];
    for (let place = 0; place < fields.length; place += 2) {
      const [id = '', text = ''] = fields.slice(place, place + 2);
      const member = memberOf(id, text);
      // Who cannot be understood is no worker of this version, and is forgotten as well.
      if (member !== null && Number(now) - member.lastSeenAt < FORGOTTEN_AFTER_MS) members.push(member);
      else old.push(id);
    }
    if (old.length > 0) await link.ask((client) => client.hdel(key, ...old));
    return { now: Number(now), members };
  }

  return {
    sign: (self: SelfPortrait) => call(self.worker, JSON.stringify(self)),
    read: () => call(),
    strike: (worker) => link.ask(async (client) => void (await client.hdel(key, worker))),
  };
}

function memberOf(id: string, text: string): Member | null {
  const [seenAt = '', json = ''] = split(text);
  try {
    const { data } = portrait.safeParse(JSON.parse(json));
    if (data === undefined || data.worker !== id || !/^\d{1,15}$/.test(seenAt)) return null;
    return { ...data, lastSeenAt: Number(seenAt) };
  } catch {
    return null;
  }
}

/** At the first blank. */
function split(text: string): [string, string] {
  const end = text.indexOf(' ');
  return [text.slice(0, end), text.slice(end + 1)];
}
