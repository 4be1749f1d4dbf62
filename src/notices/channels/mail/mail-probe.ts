import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../runtime/clock.ts';
import type { MailProbe } from '../../ports.ts';
import type { Mailer } from './mailer.ts';

const TEXT = 'This is a test mail of NetSentinel. Alerts and reports will arrive here too.';

/** Tries the mail server out; `server` is `host:port`. */
export function createMailProbe(deps: {
  readonly mailer: Mailer;
  readonly server: string;
  readonly to: readonly string[];
  readonly clock: Clock;
}): MailProbe {
  const { mailer, server, to, clock } = deps;
  return {
    server,
    to,
    verify: () => mailer.verify(),
    async sendTest(signal) {
      const createdAt = clock.now();
      const content = {
        subject: 'Test mail of NetSentinel',
        text: `${TEXT}\n`,
        html: `<p>${TEXT}</p>\n`,
        attachment: null,
      };
      const refused = await mailer.send({ id: randomUUID(), answers: null, to, ...content, createdAt }, signal);
      return refused.map(({ address, reason }) => `${address} (${reason})`);
    },
  };
}
