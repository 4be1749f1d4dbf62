import type { ChannelDesk, ChannelEntry, ChannelRecord } from '../notices/ports.ts';
import { asTyped } from '../runtime/command-name.ts';
import { formatCount, formatDuration, readableName } from '../runtime/format.ts';
import { ok, orTrouble, warning } from './finding.ts';
import type { Finding, PartFinding } from './ports.ts';

/** The channels beside mail, looked at without sending anything. */
export async function checkChannels(
  { entries, examine }: Pick<ChannelDesk, 'entries' | 'examine'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    besideMail(entries).map(async ({ name, kind, addresses }) => {
      const seen = await orTrouble('login', async () => {
        const found = await examine(name, signal);
        const to = `${kind}, ${formatCount(addresses.length, 'address', 'addresses')}`;
        return [
          ok(
            'login',
            found === null ? `${to}: test it with \`${asTyped(`channel test ${name}`)}\`` : `${to}: ${found}`,
          ),
        ];
      });
      return about(name, seen);
    }),
  );
  return findings.flat();
}

/** What waits for them, or was given up. */
export function judgeChannels(
  { entries }: Pick<ChannelDesk, 'entries'>,
  records: readonly ChannelRecord[],
  nowAt: number,
): readonly Finding[] {
  return besideMail(entries).flatMap(({ name }) => {
    const record = records.find(({ channel }) => channel === name);
    return about(name, record === undefined ? [ok('notices', 'none is waiting')] : judge(name, record, nowAt));
  });
}

function judge(name: string, { waiting, oldestAt, trouble, failed }: ChannelRecord, nowAt: number): PartFinding[] {
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

function besideMail(entries: readonly ChannelEntry[]): readonly ChannelEntry[] {
  return entries.filter(({ kind }) => kind !== 'mail');
}

function about(name: string, findings: readonly PartFinding[]): Finding[] {
  return findings.map((finding) => ({ subject: `channel ${name}`, ...finding }));
}
