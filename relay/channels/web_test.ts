import { DeadlineError } from "@chatcode/kit";
import { type Approval, events, type FrameOf } from "@chatcode/protocol";
import { ADMIN } from "../auth/principal.ts";
import type { Role } from "../kv/keys.ts";
import { openSockets } from "../testing/open_sockets.ts";
import { PlayedMachine } from "../testing/played_machine.ts";
import { channelContract, type ChannelLab } from "./channel_contract.ts";

/** A client of `/ws`, as the page's conversation is one. */
async function openWeb({ role }: { role: Role }): Promise<ChannelLab> {
  await using stack = new AsyncDisposableStack();
  const sockets = stack.use(await openSockets());
  const credentials = await sockets.registerHost();
  const { row, token } = await sockets.apiToken(role);
  const { peer } = await sockets.clientBy(token);
  const machine = stack.use(
    new PlayedMachine(credentials.id, await sockets.host(credentials)),
  );
  const finals = new Map<string, Map<string, string>>();
  const open = new Map<string, readonly Approval[]>();
  const hear = ({ event, payload }: FrameOf<"event">) => {
    if (event === "turn") {
      const { session, turn } = events.turn.parse(payload);
      if (turn.kind !== "final") return;
      finals.set(session, (finals.get(session) ?? new Map()).set(turn.id, turn.text));
    } else if (event === "session") {
      const news = events.session.parse(payload);
      if (!news.ended) open.set(news.session.id, news.session.approvals ?? []);
    }
  };
  const hearing = (async () => {
    for (;;) {
      try {
        hear(await peer.next("event"));
      } catch (error) {
        if (!(error instanceof DeadlineError)) return; // closed
      }
    }
  })();
  stack.defer(() => hearing);
  stack.defer(() => peer.close());
  let asked = 0;
  const ask = async (method: string, params: Record<string, unknown>) => {
    const id = `q${++asked}`;
    const idempotencyKey = `web-test-${id}`;
    peer.send({ type: "req", id, method, params: { host: machine.id, ...params }, idempotencyKey });
    try {
      return await peer.next("res", (res) => res.id === id && !("accepted" in res));
    } catch {
      return undefined; // the socket is closed
    }
  };
  const told = (res: FrameOf<"res"> | undefined): string => {
    if (res === undefined) return "closed";
    if (!res.ok) return res.error.message;
    return "payload" in res ? (res.payload as { outcome: string }).outcome : "";
  };
  const held = stack.move();
  return {
    machine,
    account: sockets.account.id,
    finals: (session) => [...finals.get(session)?.values() ?? []],
    open: (session) => (open.get(session) ?? []).map(({ subject }) => subject),
    prompt: async (session, text) => told(await ask("prompts.send", { session, text })),
    async answer(session, subject, verdict) {
      const approval = open.get(session)?.find((open) => open.subject === subject)?.id;
      return told(await ask("approvals.answer", { session, approval, verdict }));
    },
    async end() {
      await sockets.auth.apiTokens.revoke(sockets.account.id, row.id, ADMIN);
      await peer.closed;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

channelContract("the web", openWeb);
