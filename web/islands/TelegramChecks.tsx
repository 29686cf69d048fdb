import { type TelegramCheck, telegramCheck } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import * as z from "zod";
import { callApi } from "../lib/api.ts";

const WORDS = { ok: "Fine", warn: "To improve", bad: "Wrong" } as const;
const DOTS = { ok: "good", warn: "warn", bad: "bad" } as const;

/** How the bot is, as the relay's doctor sees it. */
export default function TelegramChecks() {
  const [checks, setChecks] = useState<readonly TelegramCheck[] | undefined>();
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<string | undefined>();

  const look = async () => {
    setBusy(true);
    setProblem(undefined);
    const result = z.object({ checks: z.array(telegramCheck) });
    const answer = await callApi("GET", "/api/telegram/checks", { result });
    if (answer.ok) setChecks(answer.value.checks);
    else setProblem(answer.message);
    setBusy(false);
  };
  useEffect(() => void look(), []);

  return (
    <div class="telegram">
      {checks !== undefined && (
        <ul class="rows" data-testid="telegram-checks">
          {checks.map(({ state, text, mend }, at) => (
            <li class="row" key={at}>
              <span class={`dot ${DOTS[state]}`} role="img" aria-label={WORDS[state]} />
              <div class="row-main">
                <span class="check-text">{text}</span>
                {mend !== undefined && <p class="note">{mend}.</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <p>
        <button type="button" disabled={busy} onClick={look}>
          {busy ? "Asking Telegram…" : "Look again"}
        </button>
      </p>
    </div>
  );
}
