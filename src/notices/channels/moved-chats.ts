import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { MovedAddresses } from '../ports.ts';

/** Ids of chats as they are now. */
export interface MovedChats {
  /** The last one that was noted, by any worker; else as it is configured. */
  idOf(chat: string): Promise<string>;
  /** It has another one for good. */
  note(chat: string, movedTo: string): Promise<void>;
}

/** With the database away a new id is known to this process alone, and the other side says it again to the next one. */
export function createMovedChats({
  channel,
  moved,
  logger,
}: {
  readonly channel: string;
  readonly moved: MovedAddresses;
  readonly logger: Logger;
}): MovedChats {
  const known = new Map<string, string>();
  return {
    async idOf(chat) {
      const id = known.get(chat);
      if (id !== undefined) return id;
      try {
        const found = (await moved.find(channel, chat)) ?? chat;
        known.set(chat, found);
        return found;
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        return chat;
      }
    },
    async note(chat, movedTo) {
      known.set(chat, movedTo);
      logger.warn({ channel, chat, movedTo }, 'the chat has a new id: set it in the configuration');
      try {
        await moved.note(channel, chat, movedTo);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        logger.debug({ channel, code: error.code }, 'the new id of the chat cannot be saved');
      }
    },
  };
}
