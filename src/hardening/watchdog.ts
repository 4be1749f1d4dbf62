import { TroubleError } from '../runtime/errors.ts';
import { quoteRsc } from '../runtime/rsc-text.ts';
import { parseHost } from './address.ts';

export interface WatchdogOptions {
  /** What the router has to reach; `null`: it never reboots itself. */
  readonly watched: string | null;
  /** Ports that give power, each with the address of what hangs on it. */
  readonly ports: readonly { readonly port: string; readonly address: string }[];
  /** Minutes without an answer until something is done. */
  readonly afterMinutes: number;
  /** How often in a row, whatever recovers between; after a day with answers it begins anew. */
  readonly times: number;
}

const NAME = 'netsentinel-watchdog';
/** What the hardening writes begins with `NetSentinel:`, and its undo removes that: this is not to be mixed with it. */
const COMMENT = 'NetSentinel watchdog:';
const MINUTES_OF_A_DAY = 1440;

/**
 * The script by which a router mends itself: the hardware watchdog, a reboot when it reaches nothing any more, and power off and on for what
 * hangs on its ports. RouterOS has both built in, without a limit; here each has one. Importing it twice changes nothing the second time.
 * @throws TroubleError `HARDENING_ADDRESS`, `HARDENING_WATCHDOG`: a value that the router could not take
 */
export function renderWatchdog({ watched, ports, afterMinutes, times }: WatchdogOptions): string {
  const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!isCount(afterMinutes, MINUTES_OF_A_DAY) || !isCount(times, 100)) {
    throw refused('the minutes must be from 1 to 1440, and the times from 1 to 100');
  }
  const names = ports.map(({ port }) => port);
  if (new Set(names).size < names.length) throw refused('a port is given twice');
  if (names.some((name) => !/^[\w.-]{1,40}$/.test(name))) {
    throw refused('a port must be the name of an interface, of letters, digits and . _ -');
  }
  const limits = { afterMinutes, times };
  const reboot: Job | null =
    watched === null
      ? null
      : {
          name: `${NAME}-reboot`,
          counter: 'Reboot',
          address: parseHost(watched),
          what: 'reboots',
          doing: '/system reboot',
        };
  const cycles = ports.map(
    ({ port, address }): Job => ({
      ...{
        name: `${NAME}-${port}`,
        counter: `Port${variablePart(port)}`,
        address: parseHost(address),
        what: `power cycles of ${port}`,
      },
      doing: `/interface ethernet poe power-cycle [/interface ethernet poe find where name=${quoteRsc(port)}] duration=5s`,
    }),
  );
  const jobs = [...(reboot === null ? [] : [reboot]), ...cycles];
  if (jobs.length === 0) throw refused('there is nothing to watch');
  return [
    HEAD,
    ...names.map(requirePort),
    removeOthers(jobs),
    TIMER,
    ...jobs.map((job) => install(job, limits)),
    '  :put "NetSentinel: the watchdog is set"',
    '}',
    '',
  ].join('\n');
}

/** Something that is watched each minute. */
interface Job {
  readonly name: string;
  /** Its part of the names of its variables. */
  readonly counter: string;
  readonly address: string;
  /** What is limited. */
  readonly what: string;
  readonly doing: string;
}

/** Variables of RouterOS are letters and digits; two ports never have the same name here: an x itself is written as a sign. */
function variablePart(port: string): string {
  return port.replace(/[^A-Za-wyz0-9]/g, (sign) => `x${sign.charCodeAt(0).toString(16)}`);
}

function refused(why: string): TroubleError {
  return new TroubleError(
    'HARDENING_WATCHDOG',
    why,
    'Give --watchdog ADDRESS, --poe PORT=ADDRESS, --after-minutes and --times as in the help.',
  );
}

const HEAD = `# NetSentinel: lets the router mend itself. RouterOS 6.43 and later, and 7. Importing it twice changes nothing the second time.
# Undo: /import file-name=watchdog_undo.rsc
{
  :local nsRun do={
    :local nsCode [:parse $1]
    $nsCode
  }`;

/** Nothing is changed on a router that has no such port. */
function requirePort(port: string): string {
  const count = `:len [/interface ethernet poe find where name=${quoteRsc(port)}]`;
  return `  :local nsFound 0
  :do { :local nsCode [:parse ${quoteRsc(`:return [${count}]`)}]; :set nsFound [$nsCode] } on-error={}
  :if ($nsFound != 1) do={ :error "NetSentinel: there is no port ${port} that gives power; nothing was changed" }`;
}

/** What an earlier import watched and this one does not. */
function removeOthers(jobs: readonly Job[]): string {
  const kept = [`${NAME}-timer`, ...jobs.flatMap(({ name }) => [name, `${name}-count`])];
  return `  :foreach nsRow in=[/system scheduler find where comment~"^${COMMENT}"] do={
    :local nsName [/system scheduler get $nsRow name]
    :if ([:typeof [:find ${quoteRsc(`,${kept.join(',')},`)} ("," . $nsName . ",")]] != "num") do={ /system scheduler remove $nsRow }
  }`;
}

/** The old value is kept before it is changed, once. */
const TIMER = `  :local nsTimer ""
  :do { :local nsCode [:parse ":return [:tostr [/system watchdog get watchdog-timer]]"]; :set nsTimer [$nsCode] } on-error={}
  :if (($nsTimer = "false") or ($nsTimer = "no")) do={
    :if ([:len [/system scheduler find where name="${NAME}-timer"]] = 0) do={
      /system scheduler add name="${NAME}-timer" disabled=yes on-event="/system watchdog set watchdog-timer=no" comment="${COMMENT} before; never runs, the undo reads it"
    }
    :do { $nsRun "/system watchdog set watchdog-timer=yes" } on-error={ :put "NetSentinel: the hardware watchdog could not be turned on" }
  }`;

function install(job: Job, limits: Pick<WatchdogOptions, 'afterMinutes' | 'times'>): string {
  const script = quoteRsc(scriptOf(job, limits));
  const found = `[/system scheduler find where name="${job.name}"]`;
  return `  :if ([:len [/system scheduler find where name="${job.name}-count"]] = 0) do={
    /system scheduler add name="${job.name}-count" disabled=yes on-event="0" comment="${COMMENT} how many ${job.what} so far; never runs"
  }
  :if ([:len ${found}] = 0) do={
    /system scheduler add name="${job.name}" interval=1m on-event=${script} comment="${COMMENT} watches ${job.address}"
  } else={
    /system scheduler set ${found} interval=1m on-event=${script} comment="${COMMENT} watches ${job.address}"
  }`;
}

/**
 * What runs each minute. How often it acted is in the configuration of the router, so that a reboot does not forget it; how long there was
 * no answer is in its memory alone.
 */
function scriptOf(
  { name, counter, address, what, doing }: Job,
  limits: Pick<WatchdogOptions, 'afterMinutes' | 'times'>,
) {
  const [missing, good] = [`nsMissing${counter}`, `nsGood${counter}`];
  const { afterMinutes, times } = limits;
  return [
    `:global ${missing}`,
    `:global ${good}`,
    `:if ([:typeof $${missing}] != "num") do={ :set ${missing} 0 }`,
    `:if ([:typeof $${good}] != "num") do={ :set ${good} 0 }`,
    `:local nsRow [/system scheduler find where name="${name}-count"]`,
    ':local nsDone [:tonum [/system scheduler get $nsRow on-event]]',
    `:if ([/tool ping address=${address} count=3] > 0) do={`,
    `:set ${missing} 0`,
    `:set ${good} ($${good} + 1)`,
    `:if (($${good} >= ${MINUTES_OF_A_DAY}) and ($nsDone > 0)) do={ /system scheduler set $nsRow on-event="0" }`,
    '} else={',
    `:set ${good} 0`,
    `:set ${missing} ($${missing} + 1)`,
    `:if ($${missing} >= ${afterMinutes}) do={`,
    `:set ${missing} 0`,
    `:if ($nsDone < ${times}) do={`,
    '/system scheduler set $nsRow on-event=[:tostr ($nsDone + 1)]',
    `:log warning "NetSentinel: ${address} does not answer; ${what}: one more"`,
    ':delay 2s',
    doing,
    `} else={ :log error "NetSentinel: ${address} does not answer; the limit is reached: ${times} ${what}" }`,
    '}',
    '}',
  ].join('\n');
}
