import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { LoginView } from '../../accounts/gate.ts';
import type { RoutersView, RouterView } from '../../devices/pages/routers.ts';
import type { AlertsView } from '../../quotas/pages/alerts.ts';
import type { TodayView } from '../../usage/pages/today.ts';
import type { UserView } from '../../usage/pages/user.ts';
import type { Frame } from './frame.ts';

/** A page that says one thing. */
export interface MessageView extends Frame {
  readonly text: string;
  readonly advice: string | null;
}

/** Instead of a page while the database cannot be asked. */
export interface UnavailableView extends Frame {
  readonly code: string;
}

export interface PageTemplates {
  today(view: TodayView): string;
  user(view: UserView): string;
  router(view: RouterView): string;
  routers(view: RoutersView): string;
  alerts(view: AlertsView): string;
  message(view: MessageView): string;
  unavailable(view: UnavailableView): string;
  login(view: LoginView & Frame): string;
}

export interface TemplateSettings {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
  readonly hasLogin: boolean;
}

const PARTIALS = ['layout', 'banners', 'cards', 'notes', 'ranking', 'alert-rows', 'scale', 'times'] as const;

/**
 * The HTML of pages. Templates are compiled here, once; what they are filled with is data: it is always escaped and never compiled,
 * so `{{…}}` in a name is just that.
 */
export function createPageTemplates(settings: TemplateSettings): PageTemplates {
  // An instance of its own: nobody else's helpers or partials are in it.
  const handlebars = Handlebars.create();
  for (const name of PARTIALS) handlebars.registerPartial(name, read(name));
  handlebars.registerHelper('is', (a: unknown, b: unknown) => a === b);
  const options = { strict: true, knownHelpersOnly: true, knownHelpers: { is: true } };
  function page<View extends Frame>(name: string): (view: View) => string {
    const template = handlebars.compile<View & TemplateSettings>(read(name), options);
    return (view) => template({ ...settings, ...view });
  }
  return {
    today: page('today'),
    user: page('user'),
    router: page('router'),
    routers: page('routers'),
    alerts: page('alerts'),
    message: page('message'),
    unavailable: page('unavailable'),
    login: page('login'),
  };
}

function read(name: string): string {
  return readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), 'utf8');
}
