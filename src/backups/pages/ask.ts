import type { Frame } from '../../platform/http/frame.ts';
import { readableName } from '../../runtime/format.ts';
import type { Which } from '../read-text.ts';
import type { Quarantine } from '../versions.ts';
import { backupLink, versionLink } from './links.ts';
import { type Fact, textFacts, titleOf } from './parts.ts';

/** A question before something is done. */
export interface AskView extends Frame {
  readonly device: string;
  readonly deviceHref: string;
  readonly heading: string;
  readonly texts: readonly string[];
  readonly facts: readonly Fact[];
  readonly problem: string | null;
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly button: string;
  readonly back: { readonly href: string; readonly text: string };
}

/** `GET /backups/:device/accept` */
export function viewAcceptQuestion(
  device: string,
  quarantine: Quarantine,
  problem: string | null,
  timeZone: string,
): AskView {
  return {
    ...about(device, 'Accept what is in quarantine?'),
    texts: [
      `It came whole, but ${readableName(quarantine.message)} (${quarantine.code}).`,
      'Accepted, it becomes the newest version, and the next backups are compared with it. Versions before it stay.',
    ],
    facts: textFacts(quarantine, timeZone),
    problem,
    action: backupLink(device, '/accept'),
    fields: [{ name: 'lastSeenAt', value: `${quarantine.lastSeenAt}` }],
    button: 'Accept as the newest version',
    back: { href: versionLink(device, 'quarantine'), text: 'Look at it first' },
  };
}

/** `GET /backups/:device/:version/reveal` */
export function viewRevealQuestion(device: string, which: Which): AskView {
  return {
    ...about(device, `Show the secrets of ${titleOf(which).toLowerCase()}?`),
    texts: ['Passwords and keys are shown on your screen. That you looked is noted in the audit, with your name.'],
    facts: [],
    problem: null,
    action: backupLink(device, `/${which}/reveal`),
    fields: [],
    button: 'Show secrets',
    back: { href: versionLink(device, which), text: 'Back' },
  };
}

function about(device: string, heading: string) {
  const name = readableName(device);
  return { title: heading, nav: 'backups', device: name, deviceHref: backupLink(device), heading };
}
