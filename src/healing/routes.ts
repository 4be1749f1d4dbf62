import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, callerMay, callerOf } from '../platform/http/caller.ts';
import { pathPart, seeOther, sentence } from '../platform/http/forms.ts';
import type { NavigationLink } from '../platform/http/frame.ts';
import { sendMessage, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { createPagePanel, type Panel } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import { TroubleError } from '../runtime/errors.ts';
import { healingRoutes, statusOf } from './api/healing.ts';
import type { HealingDesk } from './desk.ts';
import { attemptIdOf } from './entries.ts';
import { type AttemptView, type HealingView, viewAttempt, viewDeviceHealing, viewHealing } from './pages/healing.ts';

interface HealingRoutesDeps {
  readonly desk: HealingDesk;
  readonly frame: PageFrame;
  readonly timeZone: string;
}

const HEALING_LINK: NavigationLink = { key: 'healing', href: '/healing', title: 'Healing' };

/** More would be no page for people; the API has all. */
const MOST_ROWS = 500;
const MOST_OF_DEVICE = 10;

/**
 * What people see of healing. Who has no rules needs no page in the header; what was once done stays on the page of the device.
 */
export function createHealingSite({
  hasRules,
  ...deps
}: Omit<HealingRoutesDeps, 'frame'> & { readonly hasRules: boolean }) {
  return {
    navigation: hasRules ? [HEALING_LINK] : [],
    devicePanels: [createHealingPanel(deps)],
    routes: ({ frame }: Pick<HealingRoutesDeps, 'frame'>) => createHealingRoutes({ ...deps, frame }),
  };
}

/** What rules did to devices, as pages and as JSON. */
function createHealingRoutes({ desk, frame, timeZone }: HealingRoutesDeps): Route[] {
  const listPage = frame.page<HealingView>(new URL('./pages/healing.hbs', import.meta.url));
  const context = { timeZone, waits: desk.waits };
  const onePage = frame.page<AttemptView>(new URL('./pages/attempt.hbs', import.meta.url));

  async function showOne(request: FastifyRequest, reply: FastifyReply, problem: string | null): Promise<FastifyReply> {
    const id = attemptIdOf(pathPart(request, 'id'));
    const found = id === null ? null : await desk.find(id);
    if (found === null) return sendUnknownAttempt(frame, reply);
    const commands = desk.commandsOf(found.attempt);
    const mayDecide = callerOf(request).kind === 'user' && callerMay(request, 'operate');
    // What devices answered is for those who may act.
    const shown = { ...found, output: callerMay(request, 'operate') ? found.output : null };
    return sendPage(reply, onePage(viewAttempt(shown, { mayDecide, commands, problem }, context)));
  }

  const decision = (word: 'approve' | 'decline'): Route => ({
    ...{ method: 'POST', path: `/healing/:id/${word}`, right: 'operate' },
    async handler(request, reply) {
      const id = attemptIdOf(pathPart(request, 'id')) ?? 0;
      try {
        await desk[word](actorOf(request), id);
      } catch (error) {
        const status = statusOf(error);
        if (status === null || !(error instanceof TroubleError)) throw error;
        if (status === 404) return sendUnknownAttempt(frame, reply);
        return await showOne(request, reply.code(status), sentence(error.message));
      }
      return seeOther(reply, `/healing/${id}`);
    },
  });

  return [
    {
      ...{ method: 'GET', path: '/healing', right: 'view' },
      async handler(_request, reply) {
        const rules = await desk.rules();
        const shown = { attempts: await desk.log({ most: MOST_ROWS }), waiting: await desk.waiting() };
        return sendPage(reply, listPage(viewHealing(rules, shown, context)));
      },
    },
    {
      ...{ method: 'GET', path: '/healing/:id', right: 'view' },
      handler: (request, reply) => showOne(request, reply, null),
    },
    decision('approve'),
    decision('decline'),
    ...healingRoutes({ desk }),
  ];
}

/** What was done to a device, on its page. Programs have it from the API of healing. */
function createHealingPanel({ desk, timeZone }: Omit<HealingRoutesDeps, 'frame'>): Panel<{ readonly name: string }> {
  return createPagePanel({
    key: 'healing',
    templates: { below: new URL('./pages/device-healing.hbs', import.meta.url) },
    read: ({ name }) => desk.log({ device: name, most: MOST_OF_DEVICE }),
    view: (attempts) => viewDeviceHealing(attempts, { timeZone, waits: desk.waits }),
  });
}

function sendUnknownAttempt(frame: PageFrame, reply: FastifyReply): FastifyReply {
  const advice = 'It may be too old: attempts are kept as long as the audit.';
  return sendMessage(frame, reply, 404, {
    title: 'Not found',
    text: 'There is no healing attempt of this number.',
    advice,
  });
}
