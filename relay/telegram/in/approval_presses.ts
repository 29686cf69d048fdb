import { ProtocolError } from "@chatcode/protocol";
import { VERDICTS } from "../out/mod.ts";
import type { Presses } from "./commands/command.ts";

const ANSWERS: Readonly<Record<string, string>> = {
  allowed: "Allowed.",
  denied: "Denied.",
  elsewhere: "It was answered elsewhere.",
  expired: "It expired: the agent no longer asks.",
};

/** The buttons of an approval: `a:<card>:<verdict>`. The machine lets one answer through. */
export const approvalPresses: Presses = {
  prefix: "a",
  async press(asked, [id = "", verb = ""], bot) {
    const card = await bot.cardOf(id);
    const named = Object.entries(VERDICTS).find(([letter]) => letter === verb)?.[1];
    const wanted = card?.verdicts.find((verdict) => verdict === named);
    if (card === null || wanted === undefined) {
      return await asked.answer("That question is over.", { alert: true });
    }
    const { host, session, approval } = card;
    try {
      const { outcome } = await bot.operations.call(asked.principal, "approvals.answer", {
        host,
        session,
        approval,
        verdict: wanted,
      }, { idempotencyKey: asked.idempotencyKey("verdict"), signal: asked.signal });
      const alert = outcome === "elsewhere" || outcome === "expired";
      await asked.answer(ANSWERS[outcome], { alert });
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== "APPROVAL_GONE") throw error;
      await asked.answer("It was answered already, or is no longer asked.", { alert: true });
    }
  },
};
