import type { HostId, SessionId } from "@chatcode/protocol";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ConnectionBanner } from "../components/ConnectionBanner.tsx";
import { ConversationPage } from "../components/conversation/ConversationPage.tsx";
import { ConversationPane } from "../components/conversation/ConversationPane.tsx";
import { LostSession } from "../components/LostSession.tsx";
import { ViewSwitch } from "../components/conversation/ViewSwitch.tsx";
import { FilesDialog, type WantedPath } from "../components/files/FilesDialog.tsx";
import { UploadTray } from "../components/files/UploadTray.tsx";
import { shellWord } from "../lib/files/shell_word.ts";
import { useUploads } from "../lib/files/use_uploads.ts";
import { OpenFile } from "../lib/open_file.ts";
import { useConnection } from "../lib/hooks.ts";
import { sessionKey } from "../lib/overview.ts";
import { onTooNarrow, preferredView, preferView, type View } from "../lib/session_view.ts";
import { useLook } from "../lib/use_look.ts";
import { useTitle } from "../lib/use_title.ts";
import Terminal from "./Terminal.tsx";

/** One session: its terminal, and beside or instead of it the conversation of its agent. */
export default function Session(
  { host: hostId, session: sessionId, mayChange, voice }: {
    host: HostId;
    session: SessionId;
    mayChange: boolean;
    /** What is spoken can be transcribed. */
    voice: boolean;
  },
) {
  const { connection, state, overview, ready } = useConnection();
  const attachments = useUploads();
  const uploaded = useUploads();
  const [browsing, setBrowsing] = useState<WantedPath | undefined>();
  const openFile = useCallback((path: string) => setBrowsing({ path, session: sessionId }), [
    sessionId,
  ]);
  const paste = useRef<((text: string) => void) | undefined>();
  const [wanted, setWanted] = useState<View | undefined>();
  const [hadAgent, setHadAgent] = useState(false);
  const session = overview.sessions.get(sessionKey(hostId, sessionId));
  const host = overview.hosts.get(hostId);
  const waits = (session?.approvals?.length ?? 0) > 0;

  useTitle(session?.title ?? sessionId, waits);
  useLook(connection, hostId, sessionId);
  useEffect(() => {
    setWanted(preferredView());
    return onTooNarrow(() => setWanted((view) => view === "both" ? "conversation" : view));
  }, []);
  useEffect(() => {
    // The view stays when the agent ends: what it said last is there to be read.
    if (session?.agent !== undefined) setHadAgent(true);
  }, [session?.agent]);

  // Where the session is, else the workspace.
  const browse = () => setBrowsing({ path: session?.cwd ?? "" });
  const hasAgent = hadAgent || session?.agent !== undefined;
  // Which one is shown first is not known on the server, nor before it is known what runs there.
  if (wanted === undefined || (wanted !== "terminal" && !ready)) {
    return (
      <div class="term">
        <ConnectionBanner state={state} onRetry={() => connection?.nudge()} />
      </div>
    );
  }
  const view = hasAgent ? wanted : "terminal";
  const terminal = {
    host: hostId,
    session: sessionId,
    mayChange,
    onBrowse: browse,
    paste,
  };
  const dialog = browsing === undefined || connection === undefined
    ? <UploadTray list={uploaded} fixed />
    : (
      <FilesDialog
        connection={connection}
        host={host}
        hostId={hostId}
        at={browsing}
        list={uploaded}
        use={view === "terminal"
          ? {
            words: "Paste its path",
            use: ({ path }) => paste.current?.(`${shellWord(path)} `),
          }
          : { words: "Attach to the prompt", use: (file) => attachments.uploads?.attach(file) }}
        onClose={() => setBrowsing(undefined)}
      />
    );
  if (session?.resumable === true && connection !== undefined) {
    return (
      <div class="term">
        <ConnectionBanner state={state} onRetry={() => connection.nudge()} />
        <main id="lost">
          <LostSession {...{ connection, session, host, mayChange }} />
        </main>
      </div>
    );
  }
  if (!hasAgent || connection === undefined) {
    return (
      <>
        <Terminal key="terminal" {...terminal} />
        {dialog}
      </>
    );
  }
  const views = (
    <ViewSwitch
      view={wanted}
      waits={waits}
      onChoose={(view) => {
        preferView(view);
        setWanted(view);
      }}
    />
  );
  const place = {
    ...{ connection, host, hostId, session, sessionId, mayChange, voice, attachments },
    onBrowse: browse,
  };
  return (
    <OpenFile.Provider value={mayChange ? openFile : undefined}>
      {wanted === "conversation" ? <ConversationPage {...place} views={views} /> : (
        <Terminal
          key="terminal"
          {...terminal}
          views={views}
          aside={wanted === "both" ? <ConversationPane {...place} /> : undefined}
        />
      )}
      {dialog}
    </OpenFile.Provider>
  );
}
