import { text } from 'node:stream/consumers';
import { smtpAnswer, startMailServer } from '../support/mail-server.ts';

/** What ends in `-for-good` is a 5xx answer, the other refusals are 4xx ones. */
export const MAIL_TROUBLES = [
  'refuse-recipient',
  'refuse-sender',
  'refuse-recipient-for-good',
  'refuse-mail-for-good',
  'lose-answer',
  'away',
] as const;

export type MailTrouble = (typeof MAIL_TROUBLES)[number];

/** A real mail server that refuses, hangs up, or takes a mail and loses its own answer. */
export interface MailSink {
  readonly port: number;
  setTrouble(trouble: MailTrouble | null): void;
  /** How many mails it took without the sender learning of it. */
  answersLost(): number;
  /** How often each mail came, by what stands before the `@` of its Message-ID. */
  copies(): ReadonlyMap<string, number>;
  /** How often it answered DATA with a 5xx, by the same. */
  refusals(): ReadonlyMap<string, number>;
  /** How often it answered RCPT with a 5xx: which mail it would have been it cannot know. */
  recipientsRefused(): number;
  stop(): Promise<void>;
}

/** Half of the ids. */
const NEVER_TAKEN = /^[0-7]/;

export async function startMailSink(): Promise<MailSink> {
  const copies = new Map<string, number>();
  const refusals = new Map<string, number>();
  let recipientsRefused = 0;
  let trouble: MailTrouble | null = null;
  /** What is refused for good has to meet somebody, if only after its time: in a short run mails are few. */
  const owed = new Set<MailTrouble>();
  let answersLost = 0;
  const answer = (isRefused: boolean, code: number) => (isRefused ? smtpAnswer(code, 'not this way') : undefined);
  const isOn = (kind: MailTrouble) => owed.delete(kind) || trouble === kind;
  /** Some of what it refused for good it will never take, the rest when the trouble is over. */
  const isRefusedForGood = (id: string) => isOn('refuse-mail-for-good') || (refusals.has(id) && NEVER_TAKEN.test(id));
  const server = await startMailServer({
    onConnect: (_session, done) => done(answer(trouble === 'away', 421)),
    onMailFrom: (_address, _session, done) => done(answer(trouble === 'refuse-sender', 451)),
    onRcptTo(_address, _session, done) {
      const isForGood = isOn('refuse-recipient-for-good');
      if (isForGood) recipientsRefused += 1;
      done(answer(isForGood || trouble === 'refuse-recipient', isForGood ? 550 : 451));
    },
    onData(stream, _session, done) {
      text(stream).then(
        (mail) => {
          const id = /^Message-ID:\s*<([^@>]+)@/im.exec(mail)?.[1] ?? 'none';
          if (isRefusedForGood(id)) {
            refusals.set(id, (refusals.get(id) ?? 0) + 1);
            done(smtpAnswer(554, 'no such mail here'));
            return;
          }
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
      if (next === 'refuse-mail-for-good' || next === 'refuse-recipient-for-good') owed.add(next);
    },
    answersLost: () => answersLost,
    copies: () => copies,
    refusals: () => refusals,
    recipientsRefused: () => recipientsRefused,
    stop: () => server.stop(),
  };
}
