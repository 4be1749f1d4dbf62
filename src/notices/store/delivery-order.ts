import { z } from 'zod';
import { integerOf, textOf } from '../../platform/store/columns.ts';
import type { Notice } from '../notice.ts';
import { type NoticeTransaction, UNDELIVERED } from './schema.ts';

/** Of these what is said of a device later makes no sense before what was said earlier, as "up" before "down". */
const ORDERED_KINDS = ['device', 'blind'];
/** Whoever sends the earlier one now is done with it soon; nobody tells us when. */
const RECHECK_MS = 2_000;

const names = z.array(z.string());

/**
 * The addresses that this notice has to wait for, each with the instant (ms, by the clock of the outbox) at which to look again: an earlier
 * notice about one of the same devices is still on its way to them by this channel. Other addresses and other devices never wait.
 */
export async function whoWaits(
  transaction: NoticeTransaction,
  { id, kind, devices }: Pick<Notice, 'id' | 'kind' | 'devices'>,
  {
    channel,
    addresses,
    now,
  }: { readonly channel: string; readonly addresses: readonly string[]; readonly now: number },
): Promise<ReadonlyMap<string, number>> {
  const waiting = new Map<string, number>();
  if (!ORDERED_KINDS.includes(kind) || devices.length === 0) return waiting;
  const rows = await transaction
    .selectFrom('deliveries as d')
    .innerJoin('notices as n', 'n.id', 'd.notice')
    .innerJoin('notice_topics as t', 't.notice', 'd.notice')
    .innerJoin('notice_order as o', 'o.notice', 'd.notice')
    .select(['d.address', 'd.state', 'd.due_at', 't.devices'])
    .where('d.channel', '=', channel)
    .where('d.state', 'in', UNDELIVERED)
    .where('d.address', 'in', addresses)
    .where('n.kind', '=', kind)
    .where('o.position', '<', ({ selectFrom }) =>
      selectFrom('notice_order').select('position').where('notice', '=', id),
    )
    .execute();
  const about = new Set(devices);
  for (const row of rows) {
    if (!devicesOf(row.devices).some((device) => about.has(device))) continue;
    const address = textOf('deliveries.address', row.address);
    // Right after its next try; what is due already comes first.
    const at = row.state === 'claimed' ? now + RECHECK_MS : integerOf('deliveries.due_at', row.due_at) + 1;
    waiting.set(address, Math.max(at, waiting.get(address) ?? at));
  }
  return waiting;
}

/** One that cannot be read is given up when its turn comes: nothing waits for it. */
function devicesOf(json: string): readonly string[] {
  try {
    return names.safeParse(JSON.parse(json)).data ?? [];
  } catch {
    return [];
  }
}
