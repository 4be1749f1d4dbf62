import type { MailProbe } from '../notices/ports.ts';
import { formatCount, readableName } from '../runtime/format.ts';
import { failure, ok, orTrouble, warning } from './finding.ts';
import type { PartFinding } from './ports.ts';

/** The mail server; `null` when none is configured. Sends a test mail only on request and when the login works. */
export async function checkMail(
  mail: MailProbe | null,
  options: { readonly sendsTest: boolean; readonly signal: AbortSignal },
): Promise<readonly PartFinding[]> {
  if (mail === null) {
    return options.sendsTest
      ? [failure('test mail', 'no mail server is configured', 'Fill in `mail` in the configuration.')]
      : [ok('server', 'not configured: alerts are recorded, no mail is sent')];
  }
  const server = await orTrouble('server', async () => {
    await mail.verify();
    return [ok('server', `${readableName(mail.server)}: login OK`)];
  });
  if (!options.sendsTest || server.some(({ status }) => status === 'failure')) return server;
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
