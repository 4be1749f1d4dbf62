import { messageOf, TroubleError } from '../../../runtime/errors.ts';
import { readableName, shorten } from '../../../runtime/format.ts';
import { mask } from '../../../runtime/mask.ts';

/** What nodemailer adds to its errors. */
interface SmtpError extends Error {
  readonly code: string;
  /** The step: `CONN`, `EHLO`, `STARTTLS`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`, … */
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

export function isSmtpError(error: unknown): error is SmtpError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** The server's answer is about this mail or its recipients, not about the sender. */
export function isAboutTheMail(error: SmtpError): boolean {
  return (error.command === 'RCPT TO' || error.command === 'DATA') && error.responseCode !== undefined;
}

export function isPermanent(error: SmtpError): boolean {
  return error.responseCode !== undefined && error.responseCode >= 500 && error.responseCode < 600;
}

/** One line of what the server said, else of what went wrong. */
export function reasonOf(error: Error): string {
  const said = 'response' in error && typeof error.response === 'string' ? error.response : messageOf(error);
  // Masked as it came: a half of a secret, or one with a blank less, would not be known any more.
  return shorten(readableName(mask(said).replace(/\s+/g, ' ').trim()), 300);
}

/** Puts an SMTP error into words an admin can act on; an error that is not one is a bug and thrown on. */
export function toTrouble(error: unknown, server: string): TroubleError {
  if (!isSmtpError(error)) throw error;
  // Of the token server.
  if (error.cause instanceof TroubleError) return error.cause;
  const { code, advice } = diagnose(error);
  return new TroubleError(code, `mail server ${server}: ${reasonOf(error)}`, advice, { cause: error });
}

function diagnose(error: SmtpError): { code: string; advice: string } {
  if (error.code === 'EABORT') {
    return {
      code: 'MAIL_TIMED_OUT',
      advice: 'The mail server is too slow: check its load and the network.',
    };
  }
  const early = diagnoseAnswer(error);
  if (early !== null) return early;
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    return { code: 'MAIL_LOGIN_REFUSED', advice: loginAdvice(error) };
  }
  if (error.command === 'MAIL FROM') {
    return {
      code: 'MAIL_SENDER_REFUSED',
      advice: 'Check mail.from: the mail server must allow this sender; some servers require a login.',
    };
  }
  if (isTlsTrouble(error)) {
    return {
      code: 'MAIL_TLS_FAILED',
      advice:
        'Check mail.smtp.port and mail.smtp.secure (465: true, 587 and 25: false). For a self-signed certificate set mail.smtp.tls.ca, or accept any with mail.smtp.tls.insecure: true.',
    };
  }
  if (error.code === 'EDNS') {
    return { code: 'MAIL_HOST_UNKNOWN', advice: 'Check mail.smtp.host and the DNS of this machine.' };
  }
  if (['ECONNECTION', 'ESOCKET', 'ETIMEDOUT'].includes(error.code)) {
    return {
      code: 'MAIL_SERVER_UNREACHABLE',
      advice: 'Check mail.smtp.host and mail.smtp.port, the firewall, and that the mail server runs.',
    };
  }
  return { code: 'MAIL_SERVER_REFUSED', advice: 'See the answer of the mail server; its log may have details.' };
}

/** The server answered with an error before the mail itself: its answer is shown, not a network or login error. */
function diagnoseAnswer({ responseCode, command = '' }: SmtpError): { code: string; advice: string } | null {
  if (responseCode === undefined) return null;
  const isGreeting = ['CONN', 'EHLO', 'HELO'].includes(command);
  if (responseCode === 421 || (responseCode < 500 && (isGreeting || /^(AUTH|STARTTLS)/.test(command)))) {
    return {
      code: 'MAIL_SERVER_BUSY',
      advice: `The mail server accepts no mail now; mails wait and are retried.${isGreeting ? NAME_ADVICE : ''}`,
    };
  }
  if (!isGreeting) return null;
  return {
    code: 'MAIL_SERVER_REFUSED',
    advice: `The mail server rejects this machine: allow its IP address there.${NAME_ADVICE}`,
  };
}

const NAME_ADVICE = ' If this continues, set mail.smtp.ehloName to a name that the server accepts; see its log.';

function loginAdvice({ command, response = '' }: SmtpError): string {
  if (command === 'AUTH XOAUTH2') {
    return 'The mail server rejects the access token: mail.smtp.username must be the mailbox of the token, the token must allow sending by SMTP, and in Microsoft 365 the mailbox needs authenticated SMTP; see docs/mail.md.';
  }
  // Microsoft: "basic authentication is disabled", "SmtpClientAuthentication is disabled for the Tenant", and some more.
  if (/5\.7\.139|basic authentication|SmtpClientAuthentication/i.test(response)) {
    return 'Microsoft 365 accepts no password here. Set mail.smtp.oauth2 and allow authenticated SMTP for the mailbox (docs/mail.md), or use your own mail relay.';
  }
  if (/5\.7\.9\b|application-specific password/i.test(response)) {
    return 'Google does not accept the account password here. Create an app password, or set mail.smtp.oauth2; see docs/mail.md.';
  }
  return 'Check mail.smtp.username and mail.smtp.password. Gmail needs an app password or mail.smtp.oauth2, Microsoft 365 mail.smtp.oauth2; see docs/mail.md.';
}

function isTlsTrouble(error: SmtpError): boolean {
  if (error.code === 'ETLS' || error.command === 'STARTTLS') return true;
  const texts = [error.message, error.cause instanceof Error ? error.cause.message : ''].join(' ');
  return /certificate|self.signed|SSL routines|wrong version number|altnames|tlsv1|STARTTLS/i.test(texts);
}
