/** What RouterOS takes in its menus, of the versions that a list is of; see `commands.txt`. */
export interface CommandList {
  /** By age, the oldest first. */
  readonly versions: readonly string[];
  /** By `/ip/address`, then by `add` and `set`. */
  readonly menus: ReadonlyMap<string, ReadonlyMap<string, Verb>>;
}

interface Verb {
  /** Bits: which versions have it. */
  readonly versions: number;
  /** Names of arguments, with the versions that have them. */
  readonly args: ReadonlyMap<string, number>;
}

/** Reads the form that `commands.txt` describes. */
export function readCommandList(text: string): CommandList {
  const menus = new Map<string, Map<string, Verb>>();
  let versions: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [menu = '', verbs = '', ...words] = line.split(' ');
    if (menu === 'versions') {
      versions = [verbs, ...words];
      continue;
    }
    const [own = '', ...args] = words;
    const verb = { versions: Number(own), args: new Map(args.map((arg) => argumentOf(arg, Number(own)))) };
    const known = menus.getOrInsertComputed(menu, () => new Map());
    for (const name of verbs.split(',')) known.set(name, verb);
  }
  return { versions, menus };
}

function argumentOf(word: string, all: number): readonly [string, number] {
  const [name = '', own] = word.split('=');
  return [name, own === undefined ? all : Number(own)];
}

/** The commands that the text of one version is read against. */
export interface Commands {
  /** Of these versions; what one of them has is known. */
  readonly versions: readonly string[];
  /** Whether the list is of just this version. */
  readonly isExact: boolean;
  hasMenu(menu: string): boolean;
  hasVerb(menu: string, verb: string): boolean;
  hasArgument(menu: string, verb: string, name: string): boolean;
}

/**
 * The commands of a version of RouterOS: its own, else those of its neighbours, as whatever is neither in the one before nor in the one
 * after is probably not in it. `null`: no list comes near, as for version 6.
 */
export function commandsOf(version: string | null, { versions, menus }: CommandList): Commands | null {
  const wanted = numbersOf(version ?? '');
  if (wanted === null || wanted[0] !== 7) return null;
  const order = versions.map((each) => Math.sign(compareNumbers(numbersOf(each) ?? [], wanted)));
  const exact = order.indexOf(0);
  const neighbours = [order.lastIndexOf(-1), order.indexOf(1)].filter((index) => index !== -1);
  const chosen = exact === -1 ? neighbours : [exact];
  const bits = chosen.reduce((sum, index) => sum | (1 << index), 0);
  const isKnown = (own: number | undefined) => own !== undefined && (own & bits) !== 0;
  const verbOf = (menu: string, verb: string) => menus.get(menu)?.get(verb);
  return {
    versions: chosen.map((index) => versions[index] ?? ''),
    isExact: exact !== -1,
    hasMenu: (menu) => [...(menus.get(menu)?.values() ?? [])].some((verb) => isKnown(verb.versions)),
    hasVerb: (menu, verb) => isKnown(verbOf(menu, verb)?.versions),
    hasArgument: (menu, verb, name) => isKnown(verbOf(menu, verb)?.args.get(name)),
  };
}

function numbersOf(version: string): readonly number[] | null {
  const [, major, minor, patch = '0'] = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/.exec(version) ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

function compareNumbers(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((number, index) => number !== other[index]);
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
