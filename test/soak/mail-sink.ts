import { text } from 'node:stream/consumers';
import { startMailServer } from '../support/mail-server.ts';

export const MAIL_TROUBLES = ['refuse-recipient', 'refuse-sender', 'lose-answer', 'away'] as const;

export type MailTrouble = (typeof MAIL_TROUBLES)[number];

/** A real mail server that refuses, hangs up, or takes a mail and loses its own answer. */
export interface MailSink {
  readonly port: number;
  setTrouble(trouble: MailTrouble | null): void;
  /** How many mails it took without the sender learning of it. */
  answersLost(): number;
  /** How often each mail came, by what stands before the `@` of its Message-ID. */
  copies(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export async function startMailSink(): Promise<MailSink> {
  const copies = new Map<string, number>();
  let trouble: MailTrouble | null = null;
  let answersLost = 0;
  const answer = (isRefused: boolean, code: number) =>
    isRefused ? Object.assign(new Error('try again later'), { responseCode: code }) : undefined;
  const server = await startMailServer({
    onConnect: (_session, done) => done(answer(trouble === 'away', 421)),
    onMailFrom: (_address, _session, done) => done(answer(trouble === 'refuse-sender', 451)),
    onRcptTo: (_address, _session, done) => done(answer(trouble === 'refuse-recipient', 451)),
    onData(stream, _session, done) {
      text(stream).then(
        (mail) => {
          const id = /^Message-ID:\s*<([^@>]+)@/im.exec(mail)?.[1] ?? 'none';
          copies.set(id, (copies.get(id) ?? 0) + 1);
          if (trouble === 'lose-answer') {
            answersLost += 1;
            server.breakConnections();
          }
          done(null, 'taken');
        },
        // The worker was killed in the middle of it: that mail did not come.
        (error: Error) => done(error),
      );
    },
  });
  return {
    port: server.port,
    setTrouble(next) {
      trouble = next;
    },
    answersLost: () => answersLost,
    copies: () => copies,
    stop: () => server.stop(),
  };
}
