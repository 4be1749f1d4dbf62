import { asTyped } from '../runtime/command-name.ts';
import type { Examination } from '../runtime/examination.ts';
import { about, type Finding, ok, orTrouble, type PartFinding, warning } from '../runtime/finding.ts';
import { formatCount, formatDuration, readableName } from '../runtime/format.ts';
import type { ChannelDesk, ChannelEntry, ChannelRecord, OutboxWatch } from './ports.ts';
import { MAIL_CHANNEL } from './recipients.ts';

interface ExamineChannelsDeps {
  readonly desk: Pick<ChannelDesk, 'entries' | 'examine'>;
  readonly outbox: Pick<OutboxWatch, 'channels'>;
}

/** The channels beside mail, looked at without sending anything, and what waits for them. */
export async function examineChannels(
  { desk, outbox }: ExamineChannelsDeps,
  { signal, read }: Pick<Examination, 'signal' | 'read'>,
  now: () => number,
): Promise<readonly Finding[]> {
  const entries = desk.entries.filter(({ kind }) => kind !== MAIL_CHANNEL);
  if (entries.length === 0) return [];
  const [records, ...logins] = await Promise.all([
    read(() => outbox.channels()),
    ...entries.map((entry) => examineLogin(desk, entry, signal)),
  ]);
  return entries.flatMap((entry, index) => {
    const waiting = records === null ? [] : judgeWaiting(entry, records, now());
    return about(`channel ${entry.name}`, [...(logins[index] ?? []), ...waiting]);
  });
}

async function examineLogin(
  { examine }: Pick<ChannelDesk, 'examine'>,
  { name, kind, addresses }: ChannelEntry,
  signal: AbortSignal,
): Promise<readonly PartFinding[]> {
  return await orTrouble('login', async () => {
    const found = await examine(name, signal);
    const to = `${kind}, ${formatCount(addresses.length, 'address', 'addresses')}`;
    return [ok('login', `${to}: ${found ?? `test it with \`${asTyped(`channel test ${name}`)}\``}`)];
  });
}

function judgeWaiting({ name }: ChannelEntry, records: readonly ChannelRecord[], nowAt: number): PartFinding[] {
  const record = records.find(({ channel }) => channel === name);
  if (record === undefined) return [ok('notices', 'none is waiting')];
  const { waiting, oldestAt, trouble, failed } = record;
  const test = `Test the channel: \`${asTyped(`channel test ${name}`)}\``;
  const oldest = formatDuration(Math.max(0, nowAt - (oldestAt ?? nowAt)));
  const found =
    waiting === 0
      ? 'none is waiting'
      : `${formatCount(waiting, 'message', 'messages')} waiting, the oldest for ${oldest}`;
  return [
    trouble === null
      ? ok('notices', found)
      : warning('notices', `${found}; last error: ${readableName(trouble)}`, test),
    ...(failed === 0
      ? []
      : [warning('notices', `${formatCount(failed, 'message was', 'messages were')} given up`, test)]),
  ];
}
