import { TroubleError } from '../../runtime/errors.ts';

/** Texts of the other side are not quoted: they may repeat what they were sent. */
export function unreachable(place: string, what: string, cause?: unknown): TroubleError {
  return new TroubleError(
    'SSH_UNREACHABLE',
    `${place} cannot be reached by SSH: ${what}`,
    'Check power, cable and route, host and port, whether the service ssh is enabled and whether its address list or a firewall lets this machine in.',
    { cause },
  );
}

export function loginFailed(place: string): TroubleError {
  return new TroubleError(
    'SSH_LOGIN_FAILED',
    `${place} refuses the login by SSH`,
    'Check user, password or key, and that the group of the user has the policy ssh. RouterOS refuses the password of a user who has a key.',
  );
}

/** A private key that cannot be read, or lacks its passphrase. */
export function keyUnreadable(place: string): TroubleError {
  return new TroubleError(
    'SSH_LOGIN_FAILED',
    `the private key for ${place} cannot be read`,
    'Give an OpenSSH or PEM key, with its passphrase where it has one.',
  );
}

/** Another host key than the one that is known; both are fingerprints. */
export class HostKeyChanged extends TroubleError {
  readonly known: string;
  readonly seen: string;

  constructor(place: string, seen: string, known: string) {
    super(
      'SSH_HOST_KEY_CHANGED',
      `${place} shows another host key (${seen}) than before (${known}); no password was sent`,
      'If the device was replaced or reset, compare this fingerprint on the device itself and accept it: device trust NAME --fingerprint. Otherwise somebody may listen in.',
    );
    this.known = known;
    this.seen = seen;
  }
}

/** Logged in, and no terminal. */
export function shellRefused(place: string): TroubleError {
  return new TroubleError(
    'SSH_SHELL_REFUSED',
    `${place} accepts the login by SSH but opens no terminal`,
    'Check whether the user may have a shell, and whether too many are open on the device.',
  );
}

/** Logged in, and no files. */
export function filesRefused(place: string, cause?: unknown): TroubleError {
  return new TroubleError(
    'SSH_UNREACHABLE',
    `${place} accepts the login by SSH but opens no SFTP`,
    'Check whether the user may use SFTP: on RouterOS the group of the user needs the policy ftp.',
    { cause },
  );
}

export function lostTerminal(place: string): TroubleError {
  return unreachable(place, 'it closed the connection');
}

export function noCommonAlgorithm(place: string): TroubleError {
  return new TroubleError(
    'SSH_NO_COMMON_ALGORITHM',
    `${place} offers only algorithms that are not used here`,
    'Update the device, or set strong-crypto=yes in /ip ssh. For one that is too old set legacy in its ssh: then old algorithms are used for it alone.',
  );
}

/** What an error of the client is, by its level: its text may come from the other side. */
export function sshTrouble(
  place: string,
  error: Error & { readonly level?: string; readonly code?: string; readonly syscall?: string },
): TroubleError {
  if (error.level === 'client-authentication') return loginFailed(place);
  if (/no matching/i.test(error.message)) return noCommonAlgorithm(place);
  const code = error.code ?? error.level ?? 'connection lost';
  // Only an error of this machine's sockets is kept: its text is of the system.
  const cause = error.syscall === undefined ? undefined : error;
  return unreachable(place, /^[\w -]{1,40}$/.test(code) ? code : 'connection lost', cause);
}
