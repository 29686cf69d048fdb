import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useConnection } from "../../lib/hooks.ts";
import { followKeyboard } from "../../lib/terminal/follow_keyboard.ts";
import { ConnectionBanner } from "../ConnectionBanner.tsx";
import { FilesButton } from "../files/FilesButton.tsx";
import { HopStatus } from "../HopStatus.tsx";
import { Icon } from "../Icon.tsx";
import { Status } from "../Status.tsx";
import { ConversationPane, type ConversationPlace } from "./ConversationPane.tsx";

/** The conversation with the whole page to itself. */
export function ConversationPage(
  { views, ...place }: ConversationPlace & { readonly views: ComponentChildren },
) {
  const { connection, host, hostId, session, sessionId, mayChange, onBrowse } = place;
  const { state, rttMs } = useConnection();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => followKeyboard(root), []);
  return (
    <div class="term" ref={root}>
      <a class="skip" href="#conversation">Skip to the conversation</a>
      <header class="term-bar">
        <a class="button quiet icon-only" href="/sessions" aria-label="All sessions">
          <Icon name="back" />
        </a>
        <div class="term-title">
          <h1>{session?.title ?? sessionId}</h1>
          <p class="note">
            <span>{host?.name ?? hostId}</span>
            {session !== undefined && <Status status={session.status} />}
          </p>
        </div>
        {mayChange && <FilesButton onClick={onBrowse} />}
        <HopStatus connection={connection} state={state} rttMs={rttMs} host={host} />
        {views}
      </header>
      <ConnectionBanner state={state} onRetry={() => connection.nudge()} />
      <main class="talk-main" id="conversation" tabIndex={-1}>
        <ConversationPane {...place} />
      </main>
    </div>
  );
}
