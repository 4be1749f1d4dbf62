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

/** The channels beside mail, looked at without sending anything, and what waits for them and for those that are gone. */
export async function examineChannels(
  { desk, outbox }: ExamineChannelsDeps,
  { signal, read }: Pick<Examination, 'signal' | 'read'>,
  now: () => number,
): Promise<readonly Finding[]> {
  const entries = desk.entries.filter(({ kind }) => kind !== MAIL_CHANNEL);
  const [records, ...logins] = await Promise.all([
    read(() => outbox.channels()),
    ...entries.map((entry) => examineLogin(desk, entry, signal)),
  ]);
  const configured = entries.flatMap((entry, index) => {
    const waiting = records === null ? [] : judgeWaiting(entry, records, now());
    return about(`channel ${entry.name}`, [...(logins[index] ?? []), ...waiting]);
  });
  // What waits for mail is told with the mail server, or that there is none.
  const names = new Set([MAIL_CHANNEL, ...entries.map(({ name }) => name)]);
  const gone = (records ?? []).filter(({ channel }) => !names.has(channel));
  return [...configured, ...gone.flatMap((record) => judgeGone(record, now()))];
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
  const found = waiting === 0 ? 'none is waiting' : describeWaiting({ waiting, oldestAt }, nowAt);
  return [
    trouble === null
      ? ok('notices', found)
      : warning('notices', `${found}; last error: ${readableName(trouble)}`, test),
    ...(failed === 0
      ? []
      : [
          warning(
            'notices',
            `${formatCount(failed, 'message was', 'messages were')} given up${lastReason(record)}`,
            test,
          ),
        ]),
  ];
}

/** The end of a finding about what was given up. */
export function lastReason({ failure }: Pick<ChannelRecord, 'failure'>): string {
  return failure === null ? '' : `; last reason: ${readableName(failure)}`;
}

/** What waits for a channel that the configuration has no more. */
function judgeGone({ channel, waiting, oldestAt }: ChannelRecord, nowAt: number): Finding[] {
  if (waiting === 0) return [];
  const found = `${describeWaiting({ waiting, oldestAt }, nowAt)}, but the configuration has no such channel`;
  const advice =
    'Configure it again to have them sent. Otherwise they are closed by the nightly purge once they are outdated.';
  return [...about(`channel ${readableName(channel)}`, [warning('notices', found, advice)])];
}

function describeWaiting({ waiting, oldestAt }: Pick<ChannelRecord, 'waiting' | 'oldestAt'>, nowAt: number): string {
  const oldest = formatDuration(Math.max(0, nowAt - (oldestAt ?? nowAt)));
  return `${formatCount(waiting, 'message', 'messages')} waiting, the oldest for ${oldest}`;
}
