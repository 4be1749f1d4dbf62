import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { type Assets, createAssets } from './assets.ts';
import type { Frame, NavigationLink } from './frame.ts';

/** A page with a single message. */
export interface MessageView extends Frame {
  readonly text: string;
  readonly advice: string | null;
}

/** Instead of a page while the database cannot be asked. */
export interface UnavailableView extends Frame {
  readonly code: string;
}

/** Makes HTML in the frame that all pages have. */
export interface PageFrame {
  readonly assets: Assets;
  /** A page of this template, which lies beside its view. */
  page<View extends Frame>(template: URL): (view: View) => string;
  /** A part of pages, for templates anywhere: `{{> name}}`. Each name is given once. */
  addPartial(name: string, template: URL): void;
  message(view: MessageView): string;
  unavailable(view: UnavailableView): string;
}

export interface PageFrameSettings {
  /** In their order. */
  readonly navigation: readonly NavigationLink[];
  /** There is something to log out of. */
  readonly hasLogin: boolean;
}

/** Partials that all pages share. */
const PARTIALS = ['layout', 'banners', 'cards', 'choice', 'field', 'not-sent', 'notes', 'scale', 'times'] as const;

/**
 * The HTML of pages. Templates are read here and compiled once; what they are filled with is data: it is always escaped and never
 * compiled, so `{{…}}` in a name is just that.
 */
export function createPageFrame(settings: PageFrameSettings): PageFrame {
  const assets = createAssets();
  const { style, script, icon } = assets;
  const around = { style, script, icon, live: 'usage', ...settings };
  // Its own instance, so that it shares no helpers or partials.
  const handlebars = Handlebars.create();
  handlebars.registerHelper('is', (a: unknown, b: unknown) => a === b);
  const options = { strict: true, knownHelpersOnly: true, knownHelpers: { is: true } };
  function addPartial(name: string, template: URL): void {
    if (Object.hasOwn(handlebars.partials, name)) throw new Error(`there are two partials ${name}`);
    handlebars.registerPartial(name, read(template));
  }
  function page<View extends Frame>(file: URL): (view: View) => string {
    const template = handlebars.compile<View & typeof around>(read(file), options);
    return (view) => template({ ...around, ...view });
  }
  for (const name of PARTIALS) addPartial(name, own(name));
  return { assets, page, addPartial, message: page(own('message')), unavailable: page(own('unavailable')) };
}

function own(name: string): URL {
  return new URL(`./templates/${name}.hbs`, import.meta.url);
}

function read(template: URL): string {
  return readFileSync(template, 'utf8');
}
