import type { HostId, SessionId } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import type { Connection } from "./connection.ts";
import { ConversationFeed, type FeedState, NOTHING_FED } from "./conversation_feed.ts";
import { PromptSender, type SenderState } from "./prompt_sender.ts";

const NOTHING_SENT: SenderState = { sent: [], changes: [] };

/** Follows a session's conversation for as long as its component is there. */
export function useConversation(connection: Connection, host: HostId, session: SessionId): {
  feed: ConversationFeed | undefined;
  fed: FeedState;
  sender: PromptSender | undefined;
  sending: SenderState;
} {
  const [feed, setFeed] = useState<ConversationFeed | undefined>();
  const [fed, setFed] = useState(NOTHING_FED);
  const [sender, setSender] = useState<PromptSender | undefined>();
  const [sending, setSending] = useState(NOTHING_SENT);
  useEffect(() => {
    const feed = new ConversationFeed(connection, { host, session });
    const sender = new PromptSender(connection, { host, session });
    const ends = [feed.state.subscribe(setFed), sender.state.subscribe(setSending)];
    setFeed(feed);
    setSender(sender);
    return () => {
      for (const end of ends) end();
      feed.close();
    };
  }, [connection, host, session]);
  return { feed, fed, sender, sending };
}
