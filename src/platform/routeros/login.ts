import { createHash } from 'node:crypto';
import { loginTrouble, protocolTrouble, RouterTrapError } from './errors.ts';

/** The answer to the challenge of RouterOS before 6.43: `00` and the MD5 of a zero byte, the password and the challenge's bytes, in hex. */
export function answerChallenge(password: string, challengeHex: string): string {
  const hash = createHash('md5')
    .update(Buffer.from([0]))
    .update(password, 'utf8')
    .update(Buffer.from(challengeHex, 'hex'));
  return `00${hash.digest('hex')}`;
}

/**
 * Logs in: name and password (RouterOS since 6.43), or the answer to the challenge with which an older one replies to that.
 * `send` resolves with what came as `=ret=`. Rejects with a `TroubleError` `ROUTER_LOGIN_FAILED` or `ROUTER_PROTOCOL`.
 */
export async function logIn(
  send: (words: readonly string[]) => Promise<string | undefined>,
  credentials: { readonly username: string; readonly password: string },
): Promise<void> {
  const { username, password } = credentials;
  try {
    const challenge = await send(['/login', `=name=${username}`, `=password=${password}`]);
    if (challenge === undefined) {
      return;
    }
    if (!/^(?:[0-9a-f]{2})+$/i.test(challenge)) {
      throw protocolTrouble('its login challenge is not hexadecimal');
    }
    const response = answerChallenge(password, challenge);
    if ((await send(['/login', `=name=${username}`, `=response=${response}`])) !== undefined) {
      throw protocolTrouble('it answered a complete login with another challenge');
    }
  } catch (error) {
    throw error instanceof RouterTrapError ? loginTrouble(error.trap.message) : error;
  }
}
