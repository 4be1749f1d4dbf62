import { messageOf, TroubleError } from '../../runtime/errors.ts';

/** What a router said when it refused a command. */
export interface RouterTrap {
  readonly message: string;
  /** RouterOS's category 0 to 7 (0 missing item or command, 5 bad argument, …), `null` when it gave none. */
  readonly category: number | null;
}

/** The trouble of one refused command; its `trap` keeps what the router said. The connection stays usable. */
export class RouterTrapError extends TroubleError {
  readonly trap: RouterTrap;

  constructor(code: 'ROUTER_TRAP' | 'ROUTER_FORBIDDEN', trap: RouterTrap, message: string, advice: string) {
    super(code, message, advice);
    this.trap = trap;
  }
}

export function trapTrouble(command: string, trap: RouterTrap): RouterTrapError {
  if (/not enough permissions/i.test(trap.message)) {
    return new RouterTrapError(
      'ROUTER_FORBIDDEN',
      trap,
      `the router's user has no permission for ${command}: ${trap.message}`,
      "Give the user's group on the router the policies read and api.",
    );
  }
  return new RouterTrapError(
    'ROUTER_TRAP',
    trap,
    `the router refused ${command}: ${trap.message}`,
    'Try the command in the terminal of the router; its RouterOS may be too old or lack this menu.',
  );
}

/** Whether the router lacks the menu or command altogether (a CHR has no `/system/routerboard`). */
export function isMissingMenu(error: unknown): boolean {
  return error instanceof RouterTrapError && /no such command/i.test(error.trap.message);
}

/** `fault` continues "the router does not speak the RouterOS API as expected: …". */
export function protocolTrouble(fault: string): TroubleError {
  return new TroubleError(
    'ROUTER_PROTOCOL',
    `unexpected answer, not the RouterOS API: ${fault}`,
    'Check that host and port are those of the service api (8728) or, with tls, api-ssl (8729) of a MikroTik router.',
  );
}

/** More than any true router sends; `fault` continues "the router's reply is too large: …". */
export function replyTooLargeTrouble(fault: string): TroubleError {
  return new TroubleError(
    'ROUTER_REPLY_TOO_LARGE',
    `the router's reply is too large: ${fault}`,
    'Check /queue simple and the session lists for huge rows or comments, and that host and port are those of your router.',
  );
}

/** `what` was not answered in time, e.g. `the login` or `/queue/simple/print`. */
export function timeoutTrouble(what: string, limitMs: number): TroubleError {
  return new TroubleError(
    'ROUTER_TIMEOUT',
    `the router did not answer ${what} within ${Math.round(limitMs)} ms`,
    'Check that the router is up and not overloaded, that its firewall allows this host, and that tls fits the port; for a slow link raise the timeout.',
  );
}

export function loginTrouble(reason: string): TroubleError {
  return new TroubleError(
    'ROUTER_LOGIN_FAILED',
    `the router refused the login: ${reason}`,
    "Check username and password, that the user is not disabled, that its allowed addresses include this host, and that its group has the policy api (see the router's log).",
  );
}

export function closedTrouble(what: string, options?: ErrorOptions): TroubleError {
  return new TroubleError(
    'ROUTER_CLOSED',
    what,
    'If this happens at every poll, check that /ip service on the router allows this host, that tls fits the port, and that the limit of API sessions is not reached.',
    options,
  );
}

/** The caller wanted no more; not the router's fault. */
export function abortedTrouble(reason: unknown): TroubleError {
  return reason instanceof TroubleError
    ? reason
    : new TroubleError('ROUTER_ABORTED', 'reading the router was stopped', 'Nothing to do.', {
        cause: reason,
      });
}

export function tlsTrouble(message: string, advice: string, options?: ErrorOptions): TroubleError {
  return new TroubleError('ROUTER_TLS_FAILED', message, advice, options);
}

/** The peer hung up before TLS stood, as one that drops every connection does. */
export class TlsAbortedError extends TroubleError {}

/** Mostly it has no certificate, or does not speak TLS on that port. */
export function tlsClosedTrouble(where: string, cause?: Error): TlsAbortedError {
  const message = `${where} aborted the TLS handshake`;
  return new TlsAbortedError('ROUTER_TLS_FAILED', message, TLS_ADVICE, cause && { cause });
}

const TLS_ADVICE =
  'Check that the port is the one of api-ssl and that a certificate is assigned to it in /ip service; without one, only { insecure: true } works.';

const PROTOCOL_ADVICE =
  'Update RouterOS. Every form of tls accepts TLS 1.2; { insecure: true } also 1.0 and 1.1, the others also 1.3.';
const SHORT_KEY_ADVICE =
  'Update RouterOS for longer keys; until then only { insecure: true } works, for trusted networks only.';

function tlsAdvice(reason: string): string {
  if (/unsupported protocol|alert protocol version|version too low/i.test(reason)) return PROTOCOL_ADVICE;
  return /(dh|ee|ca)[ _]key[ _]too[ _]small|md[ _]too[ _]weak/i.test(reason) ? SHORT_KEY_ADVICE : TLS_ADVICE;
}

const NAME_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA']);
const CLOSED_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_WRITE_AFTER_END']);

/** Names of Node and OpenSSL for a certificate that is not accepted. */
const CERTIFICATE_ERROR =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_)/;

/** `…:error:NUMBER:LIBRARY:FUNCTION:REASON:FILE:LINE:` of OpenSSL. */
const OPENSSL_REASON = /:error:[^:]*:[^:]*:[^:]*:([^:]+):/;

/** The reason alone, without places in OpenSSL's source and Node's hints on its own options. */
function plainReason(error: Error): string {
  return OPENSSL_REASON.exec(error.message)?.[1] ?? error.message.split(';')[0] ?? '';
}

/** Translates what Node reports of a socket. `where` is `host:port`. */
export function socketTrouble(error: Error, where: string): TroubleError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const cause = { cause: error };
  if (NAME_ERRORS.has(code)) {
    return new TroubleError(
      'ROUTER_NAME_UNRESOLVED',
      `the name in ${where} cannot be resolved`,
      'Correct the host, fix DNS, or use the IP address.',
      cause,
    );
  }
  if (code === 'ECONNREFUSED') {
    return new TroubleError(
      'ROUTER_REFUSED',
      `${where} refuses the connection`,
      'Enable the service api (or api-ssl, with tls) in /ip service on the router and check the port.',
      cause,
    );
  }
  if (code === 'ETIMEDOUT') {
    return new TroubleError(
      'ROUTER_TIMEOUT',
      `${where} does not answer`,
      'Check that the router is up, the route to it, and that its firewall allows this host to the API port.',
      cause,
    );
  }
  if (CLOSED_ERRORS.has(code)) {
    return closedTrouble(`${where} reset the connection`, cause);
  }
  if (CERTIFICATE_ERROR.test(code)) {
    return tlsTrouble(
      `the certificate of ${where} is not accepted: ${plainReason(error)}`,
      'Set tls to { ca } with the CA that signed it, or to { fingerprint } with its SHA-256 fingerprint; if it has expired, renew it on the router.',
      cause,
    );
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    const reason = plainReason(error);
    return tlsTrouble(`TLS with ${where} failed: ${reason}`, tlsAdvice(reason), cause);
  }
  return new TroubleError(
    'ROUTER_UNREACHABLE',
    `${where} cannot be reached: ${messageOf(error)}`,
    "Check the router's power and cable, the route to it and the host in the configuration.",
    cause,
  );
}
