import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { CompileMail, Letter, LetterTemplate } from '../../letter.ts';

const TONE_COLOURS = { alert: '#cf3327', warning: '#d18a00', good: '#2a8a57' } as const;
const METER_LEVELS = { alert: 'over', warning: 'near', good: 'ok' } as const;

/**
 * The HTML of mails. Templates are compiled once; what they are filled with is data and never compiled, so `{{…}}` in a name is just
 * that. Capabilities whose mails are more than letters bring a template of their own to `compile`.
 */
export function createMailTemplates(): LetterTemplate & { readonly compile: CompileMail } {
  // Its own instance, so that it shares no helpers or partials.
  const handlebars = Handlebars.create();
  handlebars.registerPartial('head', read('head'));
  const options = { strict: true, knownHelpersOnly: true };
  const compile: CompileMail = (source) => {
    const template = handlebars.compile(source, options);
    return (view) => template(view);
  };
  const setLetter = compile<LetterView>(read('letter'));
  return { compile, letterHtml: (letter) => setLetter(toView(letter)) };
}

/** A longer word would make its column wider than a phone. Shorter ones, ranks and amounts, are never broken. */
const LONG_WORD = /\S{19}/;

type LetterView = Omit<Letter, 'meter' | 'table' | 'page'> & {
  readonly page: string | null;
  readonly table: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly { readonly text: string; readonly breaks: boolean }[])[];
  } | null;
  readonly toneColour: string;
  readonly meter: { readonly text: string; readonly level: string; readonly barPercent: number } | null;
};

function toView(letter: Letter): LetterView {
  const { meter, tone, table } = letter;
  return {
    ...letter,
    table: table && {
      head: table.head,
      rows: table.rows.map((row) => row.map((text) => ({ text, breaks: LONG_WORD.test(text) }))),
    },
    page: letter.page ?? null,
    toneColour: TONE_COLOURS[tone],
    meter:
      meter === null
        ? null
        : {
            text: `${meter.percent}% of the limit`,
            level: METER_LEVELS[tone],
            barPercent: Math.min(100, Math.max(1, Math.round(meter.percent))),
          },
  };
}

function read(name: string): string {
  return readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), 'utf8');
}
