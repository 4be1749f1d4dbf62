import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { MailerSettings } from '../../src/notices/channels/mail/mailer.ts';

export interface ReceivedMail {
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly raw: string;
  parse(): Promise<Email>;
}

/** A real SMTP server on a free port of 127.0.0.1. */
export interface MailServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Connections it has accepted so far. */
  readonly connections: number;
  /** Settings that fit it: without TLS and login. */
  settings(change?: Partial<MailerSettings['smtp']>): MailerSettings;
  /** Drops every connection without a word. */
  breakConnections(): void;
  stop(): Promise<void>;
}

/** `options` as of smtp-server: what it refuses, asks for, and when. By default it takes everything, in clear text. */
export async function startMailServer(
  options: SMTPServerOptions & { readonly port?: number } = {},
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const sockets: Socket[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          envelopeFrom: mailFrom === false ? '' : mailFrom.address,
          envelopeTo: rcptTo.map(({ address }) => address),
          raw: raw.toString('utf8'),
          parse: () => PostalMime.parse(raw),
        });
        done(null, 'taken');
      });
    },
    ...options,
  });
  // A client that breaks off in the middle is part of the tests.
  server.on('error', () => {});
  const listener = server.listen(options.port ?? 0, '127.0.0.1');
  listener.on('connection', (socket) => sockets.push(socket));
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    received,
    get connections() {
      return sockets.length;
    },
    settings: (change = {}) => ({
      from: 'NetSentinel <netsentinel@example.com>',
      smtp: { host: '127.0.0.1', port, secure: false, tls: { required: false, insecure: false }, ...change },
    }),
    breakConnections() {
      for (const socket of sockets) socket.destroy();
    },
    stop: () => new Promise((done) => server.close(() => done())),
  };
}

/** An answer of the server: a code of 4xx or 5xx and a text. */
export function smtpAnswer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
