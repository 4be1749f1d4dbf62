import { TroubleError } from '../../runtime/errors.ts';
import { readableName, shorten } from '../../runtime/format.ts';

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

/** The server spoke about this mail or its addressees, not about us. */
export function isAboutTheMail(error: SmtpError): boolean {
  return (error.command === 'RCPT TO' || error.command === 'DATA') && error.responseCode !== undefined;
}

export function isPermanent(error: SmtpError): boolean {
  return error.responseCode !== undefined && error.responseCode >= 500 && error.responseCode < 600;
}

/** One line of what the server said, else of what went wrong. */
export function reasonOf(error: Error): string {
  const said = 'response' in error && typeof error.response === 'string' ? error.response : error.message;
  return shorten(readableName(said.replace(/\s+/g, ' ').trim()), 300);
}

/** Puts an SMTP error into words an admin can act on; an error that is not one is a bug and thrown on. */
export function toTrouble(error: unknown, server: string): TroubleError {
  if (!isSmtpError(error)) throw error;
  const { code, advice } = diagnose(error);
  return new TroubleError(code, `mail server ${server}: ${reasonOf(error)}`, advice, { cause: error });
}

function diagnose(error: SmtpError): { code: string; advice: string } {
  if (error.code === 'EABORT') {
    return {
      code: 'MAIL_TIMED_OUT',
      advice: 'The mail server answers too slowly; look at its load and at the network.',
    };
  }
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    return {
      code: 'MAIL_LOGIN_REFUSED',
      advice: 'Check mail.smtp.username and mail.smtp.password; Gmail and Microsoft 365 want an app password.',
    };
  }
  if (error.command === 'MAIL FROM') {
    return {
      code: 'MAIL_SENDER_REFUSED',
      advice: 'Check mail.from: the mail server must allow this sender, perhaps after a login.',
    };
  }
  if (isTlsTrouble(error)) {
    return {
      code: 'MAIL_TLS_FAILED',
      advice:
        'Check mail.smtp.port and mail.smtp.secure (465: true, 587 and 25: false); for a certificate of your own set mail.smtp.tls.ca.',
    };
  }
  if (error.code === 'EDNS') {
    return { code: 'MAIL_HOST_UNKNOWN', advice: 'Check mail.smtp.host and the name servers of this machine.' };
  }
  if (['ECONNECTION', 'ESOCKET', 'ETIMEDOUT'].includes(error.code)) {
    return {
      code: 'MAIL_SERVER_UNREACHABLE',
      advice: 'Check mail.smtp.host and mail.smtp.port, the firewall, and that the mail server runs.',
    };
  }
  return { code: 'MAIL_SERVER_REFUSED', advice: 'Read the answer of the mail server; its log may tell more.' };
}

function isTlsTrouble(error: SmtpError): boolean {
  if (error.code === 'ETLS' || error.command === 'STARTTLS') return true;
  const texts = [error.message, error.cause instanceof Error ? error.cause.message : ''].join(' ');
  return /certificate|self.signed|SSL routines|wrong version number|altnames|tlsv1|STARTTLS/i.test(texts);
}
