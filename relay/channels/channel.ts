import type { ConversationFeed, ConversationNews } from "../conversation_feed.ts";
import type { Roster, RosterChange } from "../roster.ts";

/**
 * A surface through which people follow sessions and drive them: a browser's socket, Telegram, and
 * whatever comes next. It is told everything and shows each person what they may see. What a person
 * does there it does by `Operations`, in that person's name and with a key that is the same whenever
 * the same deed comes again, and shows them what came of it. What it owes to people is written down
 * in `channel_contract.ts`, which each channel's tests run.
 */
export interface Channel {
  /** For logs and tests, such as "web". */
  readonly name: string;
  /**
   * What was said or asked in a conversation, in order.
   * @returns when what the channel keeps of it is safe; nothing if it keeps nothing. A rejection has
   * the machine tell it again
   */
  hear(news: ConversationNews): Promise<void> | void;
  /** A machine or a session came, changed or went; in order, and never awaited. */
  hearRoster(change: RosterChange): void;
}

export interface ChannelSources {
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
}

/** The channel is told everything from now on, until this is disposed. */
export function connectChannel(channel: Channel, sources: ChannelSources): Disposable {
  const listening = new DisposableStack();
  listening.use(sources.roster.listen((change) => channel.hearRoster(change)));
  listening.use(sources.conversations.listen((news) => channel.hear(news)));
  return listening;
}
