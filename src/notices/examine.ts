import type { Clock } from '../runtime/clock.ts';
import { asTyped, startCommand } from '../runtime/command-name.ts';
import type { Examination, Examine } from '../runtime/examination.ts';
import { about, failure, ok, orTrouble, type PartFinding, warning } from '../runtime/finding.ts';
import { formatCount, formatDuration, readableName } from '../runtime/format.ts';
import { examineChannels, lastReason } from './examine-channels.ts';
import type { ChannelDesk, MailProbe, MailRecord, OutboxWatch } from './ports.ts';

/** The worker tries a mail at once; one untried for so long means that no worker runs. */
const UNTRIED_MS = 15 * 60_000;

export interface NoticesExamineDeps {
  /** `null` when no mail is configured. */
  readonly probe: MailProbe | null;
  readonly desk: Pick<ChannelDesk, 'entries' | 'examine'>;
  readonly outbox: Pick<OutboxWatch, 'standing' | 'channels'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The mail server and the other channels, and what waits for them. */
export function createNoticesExamine({ probe, desk, outbox, clock }: NoticesExamineDeps): Examine {
  return async (examination) => {
    const [server, mails, channels] = await Promise.all([
      checkMail(probe, examination),
      examination.read(() => outbox.standing()),
      examineChannels({ desk, outbox }, examination, clock.now),
    ]);
    const waiting = mails === null ? [] : judgeOutbox(mails, probe !== null, clock.now());
    return [...about('mail', [...server, ...waiting]), ...channels];
  };
}

/** The mail server; `null` when none is configured. Sends a test mail only on request and when the login works. */
async function checkMail(
  mail: MailProbe | null,
  options: Pick<Examination, 'sendsTestMail' | 'signal'>,
): Promise<readonly PartFinding[]> {
  if (mail === null) {
    return options.sendsTestMail
      ? [failure('test mail', 'no mail server is configured', 'Fill in `mail` in the configuration.')]
      : [ok('server', 'not configured: alerts are recorded, no mail is sent')];
  }
  const server = await orTrouble('server', async () => {
    await mail.verify();
    return [ok('server', `${readableName(mail.server)}: login OK`)];
  });
  if (!options.sendsTestMail || server.some(({ status }) => status === 'failure')) return server;
  const test = await orTrouble('test mail', async () => judgeTest(mail, await mail.sendTest(options.signal)));
  return [...server, ...test];
}

function judgeTest(mail: MailProbe, refused: readonly string[]): PartFinding[] {
  if (refused.length === 0) {
    return [ok('test mail', `sent to ${mail.to.map(readableName).join(', ')}; check the inbox`)];
  }
  const found = `${formatCount(refused.length, 'address was', 'addresses were')} refused: ${refused.map(readableName).join('; ')}`;
  const advice = 'Correct these addresses in mail.to.';
  return [refused.length < mail.to.length ? warning('test mail', found, advice) : failure('test mail', found, advice)];
}

/** The mails that wait, and those that were given up. `hasServer`: a mail server is configured. */
function judgeOutbox(mails: MailRecord, hasServer: boolean, nowAt: number): PartFinding[] {
  const findings: PartFinding[] = [];
  if (mails.waiting === 0) {
    if (hasServer) findings.push(ok('outbox', 'no mail is waiting'));
  } else {
    const waitMs = Math.max(0, nowAt - (mails.oldestAt ?? nowAt));
    const oldest = formatDuration(waitMs);
    const found = `${formatCount(mails.waiting, 'mail', 'mails')} waiting, the oldest for ${oldest}`;
    findings.push(
      mails.trouble === null && hasServer && waitMs < UNTRIED_MS
        ? ok('outbox', found)
        : warning(
            'outbox',
            mails.trouble === null ? found : `${found}; last error: ${readableName(mails.trouble)}`,
            hasServer
              ? `The worker (\`${startCommand()}\`) retries until the mail server accepts them.`
              : 'Fill in `mail` in the configuration.',
          ),
    );
  }
  if (mails.failed > 0) {
    const found = `${formatCount(mails.failed, 'mail was', 'mails were')} given up${lastReason(mails)}`;
    const advice = `See which: \`${asTyped('alerts')}\`. Where addresses are refused, correct them in mail.to.`;
    findings.push(warning('outbox', found, advice));
  }
  return findings;
}
