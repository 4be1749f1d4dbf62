import type { Composition, Letter } from '../notices/letter.ts';
import type { PageLinks } from '../notices/ports.ts';
import { asTyped } from '../runtime/command-name.ts';
import { formatDuration, formatMoment, readableName, shorten } from '../runtime/format.ts';
import type { Bulletin } from './gather.ts';
import { type News, OWN_LINE } from './news.ts';

interface Context {
  readonly now: number;
  readonly timeZone: string;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
  /** Devices that are watched. */
  readonly watched: number;
  /** How many devices are unreachable behind one. */
  readonly behind: (device: string) => number;
}

const LONGEST_NAME = 60;
/** A notice of a large fall lists all devices; more than this no reader takes. */
const MOST_TABLE_ROWS = 1000;

type Told = Bulletin['event'];

const TONES: Readonly<Record<Told, Letter['tone']>> = {
  down: 'alert',
  mass: 'alert',
  blind: 'alert',
  ill: 'warning',
  flapping: 'warning',
  warning: 'warning',
  up: 'good',
  steady: 'good',
  cleared: 'good',
};
const KICKERS: Readonly<Record<Told, string>> = {
  down: 'Device down',
  mass: 'Many devices down',
  blind: 'Own line down',
  ill: 'Device not readable',
  flapping: 'Device flapping',
  warning: 'Warning',
  up: 'Device up',
  steady: 'Device steady',
  cleared: 'Warning over',
};
/** What is said of several devices, after their number. */
const OF_SEVERAL: Readonly<Record<Told, string>> = {
  down: 'devices are down',
  mass: 'devices are down',
  blind: 'lines are down',
  ill: 'devices cannot be read',
  flapping: 'devices are flapping',
  warning: 'warnings',
  up: 'devices are up again',
  steady: 'devices are steady again',
  cleared: 'warnings are over',
};
const LEADS: Readonly<Record<Told, string>> = {
  down: 'Three checks in a row failed, and so did the quick checks after them.',
  mass: 'A large part of the network fell at the same time. A common cause is likely: a power outage, an uplink, a core router.',
  blind:
    'None of the witnesses in the configuration answers. Until one does, no device is reported down, and the time counts as unknown.',
  ill: 'The device answers, but NetSentinel cannot read it.',
  flapping: 'It goes up and down again and again. Further changes are not reported until it is steady.',
  warning: 'A figure passed the limit in the configuration.',
  up: 'The device answers again.',
  steady: 'It does not go up and down any more. Changes are reported again.',
  cleared: 'The figure is within its limit again.',
};

/** The text about some news. */
export function healthLetter({ event, news, recovered }: Bulletin, context: Context): Composition {
  const all = [...news, ...recovered];
  const [only, ...others] = all;
  const isOne = only !== undefined && others.length === 0;
  const title = isOne
    ? titleOfOne(event, only, recovered.length > 0, context)
    : titleOfMany(event, news, recovered, context);
  return {
    subject: title,
    letter: {
      tone: recovered.length === all.length ? 'good' : TONES[event],
      kicker: KICKERS[event],
      title,
      lead: LEADS[event],
      meter: null,
      facts: isOne ? factsOf(event, only, context) : [],
      table: isOne ? null : tableOf(news, recovered, context),
      page: isOne && only.device !== OWN_LINE ? context.pages?.router(only.device) : context.pages?.routers(),
      advice: 'The state of all devices, on the NetSentinel server:',
      commands: [asTyped('status')],
    },
  };
}

function titleOfOne(event: Told, { device, at, since, reason }: News, isBack: boolean, { now }: Context): string {
  const name = shorten(readableName(device), LONGEST_NAME);
  const said = shorten(readableName(reason ?? ''), LONGEST_NAME);
  if (isBack) return `${name} was down for ${formatDuration(Math.max(0, at - since))}`;
  switch (event) {
    case 'down':
    case 'mass':
      return `${name} is down`;
    case 'up':
      return `${name} is up again after ${formatDuration(Math.max(0, at - since))}`;
    case 'blind':
      return 'The line of the NetSentinel server is down';
    case 'flapping':
      return `${name} is flapping`;
    case 'steady':
      return `${name} is steady again: ${said}`;
    case 'ill':
      return `${name} cannot be read: ${said}`;
    case 'warning':
      return `${name}: ${said}`;
    case 'cleared':
      return `${name}: within limits again after ${formatDuration(Math.max(0, now - since))}`;
  }
}

function titleOfMany(event: Told, news: readonly News[], recovered: readonly News[], { watched }: Context): string {
  if (news.length === 0) return `${recovered.length} devices were down and are up again`;
  const back = recovered.length === 0 ? '' : `, ${recovered.length} more were`;
  if (event === 'mass') return `${news.length} of ${watched} devices are down${back}`;
  if (news.length === 1) return `1 device is down${back}`;
  return `${news.length} ${OF_SEVERAL[event]}${back}`;
}

function factsOf(event: Told, { device, at, since, reason }: News, { timeZone, behind }: Context): Letter['facts'] {
  const unreachable = event === 'down' ? behind(device) : 0;
  const isUp = event === 'up';
  return [
    ...(device === OWN_LINE ? [] : [{ label: 'Device', value: readableName(device) }]),
    { label: isUp ? 'Down since' : 'Since', value: formatMoment(since, timeZone) },
    ...(event === 'down' || event === 'blind' || at === since
      ? []
      : [{ label: isUp ? 'Up since' : 'Observed', value: formatMoment(at, timeZone) }]),
    ...(reason === null ? [] : [{ label: event === 'steady' ? 'State' : 'Reason', value: readableName(reason) }]),
    ...(unreachable === 0 ? [] : [{ label: 'Behind it', value: `${unreachable} unreachable` }]),
  ];
}

function tableOf(news: readonly News[], recovered: readonly News[], { timeZone }: Context): Letter['table'] {
  const rowOf = ({ device, since, reason }: News, said: string) => [
    readableName(device),
    formatMoment(since, timeZone),
    readableName(said === '' ? (reason ?? '') : said),
  ];
  return {
    head: ['Device', 'Since', 'Reason'],
    rows: [
      ...news.map((each) => rowOf(each, '')),
      ...recovered.map((each) => rowOf(each, `up again at ${formatMoment(each.at, timeZone)}`)),
    ].slice(0, MOST_TABLE_ROWS),
  };
}
