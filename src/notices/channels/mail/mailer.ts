import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { createTransport } from 'nodemailer';
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { TroubleError } from '../../../runtime/errors.ts';
import { readableName } from '../../../runtime/format.ts';
import { keepSecret } from '../../../runtime/mask.ts';
import type { Attachment } from '../../notice.ts';
import type { Refusal } from '../../ports.ts';
import { type AccessTokens, createAccessTokens, type OAuth2Settings } from './access-tokens.ts';
import { isAboutTheMail, isPermanent, isSmtpError, reasonOf, toTrouble } from './errors.ts';

/** A mail as it goes to the server. */
export interface Mail {
  /** The `Message-ID` is made from it. */
  readonly id: string;
  /** Id of the mail that this one is a reply to; `null`: of none. */
  readonly answers: string | null;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachment: Attachment | null;
  readonly createdAt: number;
}

/** Hands a mail to the mail server. */
export interface MailSender {
  /**
   * Resolves with those the server did not take the mail for (none: all of them got it). Rejects with a `TroubleError`
   * when it did not come to that: no connection, no TLS, no login, the sender refused, no answer in time, aborted by `signal`.
   */
  send(mail: Mail, signal: AbortSignal): Promise<readonly Refusal[]>;
}

/** How to reach the mail server; the shape of `mail` in the configuration. */
export interface MailerSettings {
  /** Address of the sender, `a@b` or `Name <a@b>`. */
  readonly from: string;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    /** TLS from the start (port 465); otherwise STARTTLS where the server offers it. */
    readonly secure: boolean;
    /** Host name sent to the server (EHLO); absent: the sender's domain. */
    readonly ehloName?: string;
    readonly username?: string;
    readonly password?: { reveal(): string };
    /** In place of a password. */
    readonly oauth2?: OAuth2Settings;
    readonly tls: {
      /** Without TLS nothing is sent. */
      readonly required: boolean;
      /** PEM. */
      readonly ca?: string;
      /** Any certificate is taken; so it is where clear text would be allowed and there is no login to lose. */
      readonly insecure: boolean;
    };
  };
}

/** Deadlines, ms. */
export interface MailerDeadlines {
  /** Until the TCP connection is open, and again until the greeting. */
  readonly connectMs: number;
  /** Without any data from the server. */
  readonly idleMs: number;
  /** For one mail from connect to the last answer; below the lease of a claim. */
  readonly totalMs: number;
}

export interface MailerDeps extends MailerSettings {
  readonly deadlines?: MailerDeadlines;
  readonly clock?: Clock;
}

export interface Mailer extends MailSender {
  /** Connects and logs in, without sending. Rejects with a `TroubleError`. */
  verify(): Promise<void>;
  /** Closes idle connections at once; one that is sending finishes or runs into its deadline. */
  close(): void;
}

const DEADLINES: MailerDeadlines = { connectMs: 15_000, idleMs: 30_000, totalMs: 90_000 };

/** Sends mails over SMTP, with connections that are kept open for a few minutes. */
export function createMailer({ from, smtp, deadlines = DEADLINES, clock = systemClock }: MailerDeps): Mailer {
  const server = `${smtp.host}:${smtp.port}`;
  const tokens =
    smtp.oauth2 === undefined
      ? null
      : createAccessTokens({ settings: smtp.oauth2, clock, timeoutMs: deadlines.connectMs });
  const transport = createTransport({
    pool: true,
    name: smtp.ehloName === undefined ? ehloNameOf(from) : ehloName(smtp.ehloName),
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    requireTLS: smtp.tls.required && !smtp.secure,
    ...loginOf(smtp),
    tls: {
      rejectUnauthorized: !takesAnyCertificate(smtp),
      ...(smtp.tls.ca === undefined ? {} : { ca: smtp.tls.ca }),
    },
    maxConnections: 2,
    // Trying again is the outbox's business: a connection that broke after the last byte may have delivered the mail.
    maxRequeues: 0,
    connectionTimeout: deadlines.connectMs,
    greetingTimeout: deadlines.connectMs,
    dnsTimeout: deadlines.connectMs,
    socketTimeout: deadlines.idleMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  if (tokens !== null) transport.set('oauth2_provision_cb', provideFrom(tokens));

  async function send(mail: Mail, signal: AbortSignal): Promise<readonly Refusal[]> {
    try {
      const info = await transport.sendMail({
        ...toMessage(mail, from),
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlines.totalMs)]),
      });
      return (info.rejectedErrors ?? []).map((error) => toRefusal(error, error.recipient ?? '', mail));
    } catch (error) {
      if (!isSmtpError(error) || !isAboutTheMail(error)) throw closedOrTrouble(error, signal);
      const each = new Map(
        (rejectedErrorsOf(error) ?? []).map((rejected) => [asSent(rejected.recipient ?? ''), rejected]),
      );
      return mail.to.map((address) => toRefusal(each.get(asSent(address)) ?? error, address, mail));
    }
  }

  function closedOrTrouble(error: unknown, signal: AbortSignal): TroubleError {
    if (signal.aborted || (error instanceof Error && error.message === 'Connection pool was closed')) {
      return new TroubleError(
        'MAIL_TIMED_OUT',
        `mail server ${server}: the worker stopped`,
        'The mail is sent after the next start.',
      );
    }
    return toTrouble(error, server);
  }

  return {
    send,
    async verify() {
      try {
        await transport.verify();
      } catch (error) {
        throw toTrouble(error, server);
      }
    },
    close() {
      tokens?.close();
      transport.close();
    },
  };
}

type Smtp = MailerSettings['smtp'];

function loginOf({ username, password, oauth2 }: Smtp): Pick<SMTPPoolOptions, 'auth' | 'forceAuth'> {
  if (username === undefined) return {};
  // A login that the server does not offer must fail, not be left out in silence.
  if (oauth2 !== undefined) return { auth: { type: 'OAuth2', user: username }, forceAuth: true };
  if (password === undefined) return {};
  const pass = password.reveal();
  // A password that is too short to be looked for by itself is long enough as it goes over the line (SASL PLAIN).
  for (const identity of ['', username])
    keepSecret(Buffer.from(`${identity}\0${username}\0${pass}`).toString('base64'));
  return { auth: { user: username, pass }, forceAuth: true };
}

/**
 * A relay in one's own network mostly has a certificate that it made itself. Where clear text would be allowed anyway, TLS with
 * whomever it is protects no less (RFC 7435); with a login it has to be asked for.
 */
function takesAnyCertificate({ secure, username, tls }: Smtp): boolean {
  return tls.insecure || (!tls.required && !secure && username === undefined && tls.ca === undefined);
}

/** nodemailer replaces the code of an error, so the trouble is passed on as its cause. */
function provideFrom(tokens: AccessTokens) {
  return (_user: string, renew: boolean, done: (error: Error | null, token?: string, expires?: number) => void) => {
    tokens.get(renew).then(
      ({ text, goodUntil }) => done(null, text, goodUntil),
      (cause: unknown) => done(new Error('no access token', { cause })),
    );
  };
}

/** Relays refuse a host name without a domain, such as a container's; they accept the sender's domain. */
function ehloNameOf(from: string): string {
  return ehloName(domainOf(from));
}

/** As RFC 5321, 4.1.3 wants it: an address in brackets, a name in ASCII. */
function ehloName(name: string): string {
  const family = isIP(name);
  if (family !== 0) return family === 6 ? `[IPv6:${name}]` : `[${name}]`;
  return domainToASCII(name) || name;
}

function toMessage(mail: Mail, from: string) {
  return {
    from,
    to: [...mail.to],
    subject: readableName(mail.subject),
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domainOf(from)}>`,
    ...(mail.answers === null ? {} : threadOf(`<${mail.answers}@${domainOf(from)}>`)),
    date: new Date(mail.createdAt),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    attachments:
      mail.attachment === null
        ? []
        : [
            {
              filename: mail.attachment.fileName,
              contentType: mail.attachment.contentType,
              content: mail.attachment.content,
            },
          ],
  };
}

/** Mail programs show the reply below what it answers. */
function threadOf(messageId: string) {
  return { inReplyTo: messageId, references: messageId };
}

interface RejectedError extends Error {
  readonly recipient?: string;
}

function rejectedErrorsOf(error: Error): readonly RejectedError[] | null {
  return 'rejectedErrors' in error && Array.isArray(error.rejectedErrors) ? error.rejectedErrors : null;
}

/** What is refused is named as it was sent, with its domain in ASCII; the outbox keeps it as the configuration wrote it. */
function toRefusal(error: Error, address: string, mail: Mail): Refusal {
  return {
    address: mail.to.find((written) => asSent(written) === asSent(address)) ?? address,
    permanent: isSmtpError(error) && isPermanent(error),
    reason: reasonOf(error),
  };
}

function asSent(address: string): string {
  const bare = bareAddress(address);
  const at = bare.lastIndexOf('@') + 1;
  const domain = bare.slice(at);
  return bare.slice(0, at) + (domainToASCII(domain) || domain.toLowerCase());
}

function bareAddress(address: string): string {
  return /<([^<>]+)>$/.exec(address)?.[1] ?? address;
}

function domainOf(address: string): string {
  const bare = bareAddress(address);
  return bare.slice(bare.lastIndexOf('@') + 1);
}
