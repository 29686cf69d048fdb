import { HttpError } from "fresh";
import { asset, Head } from "fresh/runtime";
import { hostId, sessionId } from "@chatcode/protocol";
import Session from "../../../../islands/Session.tsx";
import { define, signedIn } from "../../../../define.ts";

/** The session has the whole page to itself. */
export const config = { skipInheritedLayouts: true };

export default define.page(({ params, state }) => {
  const host = hostId.safeParse(params.host);
  const session = sessionId.safeParse(params.session);
  if (!host.success || !session.success) throw new HttpError(404);
  return (
    <>
      <Head>
        <title>Terminal · Chatcode</title>
        <link rel="stylesheet" href="/vendor/xterm.css" />
        <link rel="stylesheet" href={asset("/conversation.css")} />
        <link rel="stylesheet" href={asset("/files.css")} />
      </Head>
      <Session
        host={host.data}
        session={session.data}
        mayChange={signedIn(state).role !== "viewer"}
        voice={state.services.voice.isReady}
      />
    </>
  );
});
