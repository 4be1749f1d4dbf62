import { ok, type PartFinding, troubled, warning } from '../runtime/finding.ts';
import { formatDuration, readableName } from '../runtime/format.ts';
import { type Certificate, REACH_STEPS, type Reach, type ReachStep, type RouterAddress } from './ports.ts';
import { certificateCommands, type RouterOs } from './version.ts';

/** Renewing takes a while where somebody has to be asked. */
const EXPIRES_SOON_MS = 21 * 86_400_000;

function renewal(version: RouterOs | null): string {
  return `${certificateCommands(version)}; afterwards pin it by tls: { fingerprint }.`;
}

/** Name, TCP, TLS and login, as far as one gets. `nowAt` is Unix ms; `version` is `null` where it is not known. */
export function judgeReach(
  router: RouterAddress,
  reach: Reach,
  nowAt: number,
  version: RouterOs | null,
): PartFinding[] {
  const failedAt = reach.failed === null ? REACH_STEPS.length : REACH_STEPS.indexOf(reach.failed.step);
  const findings = REACH_STEPS.slice(0, failedAt).flatMap((step) => judgeStep(step, router, reach, nowAt, version));
  if (reach.failed === null) return findings;
  const { step, trouble } = reach.failed;
  return [...findings, troubled(step, trouble)];
}

function judgeStep(
  step: ReachStep,
  router: RouterAddress,
  reach: Reach,
  nowAt: number,
  version: RouterOs | null,
): PartFinding[] {
  switch (step) {
    case 'name': {
      const isAddress = reach.addresses.includes(router.host);
      return isAddress ? [] : [ok('name', `${router.host} is ${reach.addresses.slice(0, 4).join(', ')}`)];
    }
    case 'tcp':
      return [ok('tcp', `port ${router.port} answers within ${Math.max(1, Math.round(reach.connectMs ?? 0))} ms`)];
    case 'tls':
      return router.protection === 'clear' ? [] : [judgeTls(router, reach.certificate, nowAt, renewal(version))];
    case 'login':
      return [ok('login', `logged in as ${readableName(router.username)}`)];
  }
}

function judgeTls(router: RouterAddress, certificate: Certificate | null, nowAt: number, renew: string): PartFinding {
  if (certificate === null) {
    return warning(
      'tls',
      'the router shows no certificate: a man in the middle would not be noticed',
      `Give api-ssl a certificate and pin it. ${renew}`,
    );
  }
  const { validFrom, validTo, fingerprint } = certificate;
  if (Number.isNaN(validFrom) || Number.isNaN(validTo)) {
    return warning('tls', 'the certificate has no validity dates', renew);
  }
  const until = dayOf(validTo);
  if (router.protection === 'insecure') {
    return warning(
      'tls',
      `tls is { insecure: true }: any certificate is accepted; this one is valid until ${until}`,
      `If you trust that this is your router, pin its certificate: tls: { fingerprint: '${fingerprint}' }.`,
    );
  }
  if (nowAt > validTo)
    return warning('tls', `the certificate expired on ${until}; it is accepted because it is pinned`, renew);
  if (nowAt < validFrom) {
    const advice = 'Correct the wrong clock: of this machine, or of the machine that issued the certificate.';
    return warning('tls', `the certificate is not valid before ${dayOf(validFrom)}`, advice);
  }
  if (validTo - nowAt < EXPIRES_SOON_MS) {
    return warning('tls', `the certificate expires in ${formatDuration(validTo - nowAt)}, on ${until}`, renew);
  }
  return ok('tls', `the certificate of ${readableName(certificate.subject)} is valid until ${until}`);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
