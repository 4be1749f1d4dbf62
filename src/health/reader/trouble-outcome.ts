import { failedKnock } from '../../platform/probe/tcp.ts';
import { RouterTrapError, TlsAbortedError } from '../../platform/routeros/errors.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import type { Outcome } from '../observation.ts';
import { NAME_UNKNOWN, STOPPED } from './diagnosis.ts';

/** What the trouble of a reading over the API says of the router; `null`: nothing yet, more has to be asked. */
export function outcomeOfTrouble(trouble: TroubleError): Outcome | null {
  if (trouble instanceof RouterTrapError) {
    const reason = 'answers, but does not let its state be read';
    return { kind: 'ill', code: 'MENU_REFUSED', reason, latencyMs: null };
  }
  if (trouble instanceof TlsAbortedError) return DROPS;
  switch (trouble.code) {
    case 'ROUTER_ABORTED':
      return STOPPED;
    case 'ROUTER_LOGIN_FAILED':
      return loginRefused(null);
    case 'ROUTER_TLS_FAILED':
      return { kind: 'ill', code: 'TLS_REFUSED', reason: 'answers, but its TLS is not accepted', latencyMs: null };
    case 'ROUTER_REPLY_TOO_LARGE':
      return { kind: 'answered', proof: 'bytes', latencyMs: null };
    case 'ROUTER_REFUSED':
      return { kind: 'failed', code: 'REFUSED', reason: 'refuses connections to its API' };
    case 'ROUTER_CLOSED':
      return DROPS;
    case 'ROUTER_PROTOCOL':
      return { kind: 'failed', code: 'API_SHUT', reason: 'answers on its API port, but not as a router' };
    default:
      return ofSocket(trouble);
  }
}

export const MUTE: Outcome = {
  kind: 'failed',
  code: 'MUTE',
  reason: 'accepts connections, but its API does not answer',
};
const DROPS: Outcome = { kind: 'failed', code: 'MUTE', reason: 'drops connections to its API' };

export function loginRefused(latencyMs: number | null): Outcome {
  return { kind: 'ill', code: 'LOGIN_REFUSED', reason: 'answers, but refuses our login', latencyMs };
}

function ofSocket({ code, cause }: TroubleError): Outcome | null {
  const failed = failedKnock(cause);
  if (failed.kind === 'unseen') return { kind: 'unseen', reason: failed.reason };
  return code === 'ROUTER_NAME_UNRESOLVED' ? NAME_UNKNOWN : null;
}
