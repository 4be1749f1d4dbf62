import type { Logger } from '../../runtime/logger.ts';
import type { Channel, MovedAddresses } from '../ports.ts';
import type { ChannelSettings } from '../settings.ts';
import { createDiscordChannel } from './discord.ts';
import { createGotifyChannel } from './gotify.ts';
import type { HttpChannelDeps } from './http.ts';
import { createMovedChats } from './moved-chats.ts';
import { createNtfyChannel } from './ntfy.ts';
import { createSlackChannel } from './slack.ts';
import { createTelegramChannel } from './telegram.ts';
import { createWebhookChannel } from './webhook.ts';

/** The channel that a section of `channels` describes: one of these. */
export function createChannel(
  deps: HttpChannelDeps & { readonly moved: MovedAddresses; readonly logger: Logger },
  settings: ChannelSettings,
): Channel {
  const { telegram, webhook, slack, discord, ntfy, gotify } = settings;
  if (telegram !== undefined) {
    return createTelegramChannel({ ...deps, movedChats: createMovedChats({ ...deps, channel: deps.name }) }, telegram);
  }
  if (webhook !== undefined) return createWebhookChannel(deps, webhook);
  if (slack !== undefined) return createSlackChannel(deps, slack);
  if (discord !== undefined) return createDiscordChannel(deps, discord);
  if (ntfy !== undefined) return createNtfyChannel(deps, ntfy);
  if (gotify !== undefined) return createGotifyChannel(deps, gotify);
  throw new Error(`channel ${deps.name} is of no known kind`);
}

/** `telegram`, `webhook`, … */
export function kindOf(settings: ChannelSettings): string {
  return Object.keys(settings)[0] ?? '';
}
