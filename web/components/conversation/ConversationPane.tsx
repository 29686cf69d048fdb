import type { Approval, Host, HostId, Session, SessionId } from "@chatcode/protocol";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { agentName } from "../../lib/agent_words.ts";
import { blocksOf } from "../../lib/blocks.ts";
import type { Connection } from "../../lib/connection.ts";
import { olderThan, turnsOf } from "../../lib/conversation.ts";
import { sessionKey } from "../../lib/overview.ts";
import { useAgents } from "../../lib/use_agents.ts";
import { useConversation } from "../../lib/use_conversation.ts";
import { useFollow } from "../../lib/use_follow.ts";
import { isUnderway, MAX_UPLOADS } from "../../lib/files/uploads.ts";
import type { UploadList } from "../../lib/files/use_uploads.ts";
import { OpenFile } from "../../lib/open_file.ts";
import { AttachMenu } from "../files/AttachMenu.tsx";
import { DropZone } from "../files/DropZone.tsx";
import { UploadChips } from "../files/UploadChips.tsx";
import { Icon } from "../Icon.tsx";
import { Approvals } from "./Approvals.tsx";
import { BlockView } from "./BlockView.tsx";
import { PromptBox } from "./PromptBox.tsx";
import { SentPrompts } from "./SentPrompts.tsx";

const NOTHING_ASKED: readonly Approval[] = [];

/** Of which session, and what else stands around its conversation. */
export interface ConversationPlace {
  readonly connection: Connection;
  readonly host: Host | undefined;
  readonly hostId: HostId;
  /** Undefined once it has ended. */
  readonly session: Session | undefined;
  readonly sessionId: SessionId;
  readonly mayChange: boolean;
  /** What is spoken can be transcribed. */
  readonly voice: boolean;
  /** Files that go with the next prompt. */
  readonly attachments: UploadList;
  /** Looks for a file on the machine. */
  readonly onBrowse: () => void;
}

/** The conversation in a session: what was said and done, what is asked, and where to answer. */
export function ConversationPane(
  { connection, host, hostId, session, sessionId, mayChange, voice, attachments, onBrowse }:
    ConversationPlace,
) {
  const { feed, fed, sender, sending } = useConversation(connection, hostId, sessionId);
  const { conversation, state, problem, loadingOlder, outcomes } = fed;
  const online = host?.online === true;
  const { list } = useAgents(connection, hostId, online);
  const { uploads, rows } = attachments;
  const openFile = useContext(OpenFile);
  const [trouble, setTrouble] = useState<string | undefined>();
  const [agentId, setAgentId] = useState(session?.agent);
  useEffect(() => {
    if (session?.agent !== undefined) setAgentId(session.agent);
  }, [session?.agent]);
  const agent = list.state === "listed" ? list.agents.find(({ id }) => id === agentId) : undefined;
  const name = agent?.name ?? (agentId === undefined ? "the agent" : agentName(agentId));
  const turns = useMemo(() => turnsOf(conversation), [conversation]);
  const blocks = useMemo(() => blocksOf(turns), [turns]);
  const shown = useMemo(() => [blocks, sending.sent], [blocks, sending.sent]);
  const approvals = session?.approvals ?? NOTHING_ASKED;
  const older = olderThan(conversation);
  const { refs, following, news, jump } = useFollow(shown, {
    onNearStart: () => older !== undefined && void feed?.loadOlder(),
  });
  useEffect(() => sender?.seen(turns), [sender, turns, sending.sent]);
  useEffect(() => {
    if (online && state === "failed") feed?.refresh(); // the machine is back
  }, [online]);

  const jumpToNewest = () => {
    if (!conversation.atEnd) feed?.refresh();
    jump();
  };
  const add = (files: readonly File[]) => {
    const left = uploads?.add(files, { host: hostId, session: sessionId }) ?? 0;
    setTrouble(left > 0 ? `At most ${MAX_UPLOADS} files go with a prompt.` : undefined);
  };
  const underway = rows.some(isUnderway);
  const blocked = session === undefined
    ? "The session has ended."
    : !online
    ? `${host?.name ?? "The machine"} is offline.`
    : approvals.length > 0
    ? "Answer what is asked above first."
    : session.agent === undefined
    ? "No agent runs in this session now."
    : underway
    ? "Files are on their way."
    : rows.some(({ state }) => state.state === "failed")
    ? "A file did not arrive: try it again, or remove it."
    : undefined;
  const busy = sending.sent.some(({ state }) => state === "sending" || state === "accepted");
  const working = session?.status === "working" || session?.status === "waiting";

  return (
    <DropZone
      class="talk"
      words="Drop files to attach them"
      disabled={!mayChange}
      onFiles={add}
      onTrouble={setTrouble}
    >
      <div class="talk-body" data-testid="conversation" data-state={state}>
        <div
          class="talk-scroll"
          ref={refs.scroller}
          tabIndex={0}
          role="log"
          aria-label={`Conversation with ${name}`}
          data-testid="talk-scroll"
        >
          <div class="talk-list" ref={refs.list}>
            {older !== undefined && (
              <button
                type="button"
                class="quiet talk-older"
                disabled={loadingOlder}
                onClick={() => feed?.loadOlder()}
              >
                {loadingOlder ? "Loading…" : "Load earlier"}
              </button>
            )}
            {state === "loading" && blocks.length === 0 && <p class="note">Loading…</p>}
            {state === "failed" && (
              <div class="talk-failed">
                <p>{problem}</p>
                <button type="button" onClick={() => feed?.refresh()}>Try again</button>
              </div>
            )}
            {state === "ready" && blocks.length === 0 && sending.sent.length === 0 && (
              <p class="note talk-empty">Nothing was said yet.</p>
            )}
            {blocks.map((block) => <BlockView key={block.id} block={block} />)}
            {!conversation.atEnd && (
              <button type="button" class="quiet talk-older" onClick={jumpToNewest}>
                There is more below: go to the newest
              </button>
            )}
            {session?.status === "working" && conversation.atEnd && (
              <p class="working" data-testid="working">
                <span class="pulse" aria-hidden="true" /> {name} works
              </p>
            )}
            <SentPrompts
              state={sending}
              onDismiss={(key) => sender?.dismiss(key)}
              onDismissChanges={() => sender?.dismissChanges()}
            />
          </div>
        </div>
        {(!following || !conversation.atEnd) && (
          <button
            type="button"
            class={news ? "jump news" : "jump"}
            data-testid="talk-jump"
            onClick={jumpToNewest}
          >
            <Icon name="down" /> {news ? "New messages" : "Jump to newest"}
          </button>
        )}
      </div>
      <div class="talk-foot">
        {state === "ready" && problem !== undefined && <p class="note" role="status">{problem}</p>}
        <Approvals
          connection={connection}
          host={hostId}
          session={sessionId}
          open={approvals}
          outcomes={outcomes}
          mayChange={mayChange}
          onOutcome={(id, outcome) => feed?.settle(id, outcome)}
        />
        {mayChange
          ? (
            <PromptBox
              name={name}
              draftKey={sessionKey(hostId, sessionId)}
              commands={agent?.slashCommands}
              blocked={blocked}
              voice={voice}
              busy={busy}
              working={working && approvals.length === 0}
              attached={
                <>
                  {trouble !== undefined && <p class="note composer-why" role="alert">{trouble}</p>}
                  <UploadChips
                    rows={rows}
                    label="Attached"
                    onRemove={(id) => uploads?.remove(id)}
                    onRetry={(id) => uploads?.retry(id)}
                    onOpen={openFile}
                  />
                </>
              }
              tools={<AttachMenu onFiles={add} onBrowse={onBrowse} />}
              onPasteFiles={add}
              onSend={async (text) => {
                jumpToNewest();
                const sent = rows.map(({ id }) => id);
                const taken = await sender?.send(text, uploads?.paths()) ?? false;
                if (taken) { for (const id of sent) uploads?.remove(id); }
                return taken;
              }}
              onInterrupt={async () => {
                await connection.request("prompts.interrupt", {
                  host: hostId,
                  session: sessionId,
                });
              }}
            />
          )
          : <p class="note composer-why">You are watching. Your role may not write.</p>}
      </div>
    </DropZone>
  );
}
