import { type TelegramState, telegramState } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import * as z from "zod";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { CopyField } from "../components/CopyField.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { date } from "../lib/words.ts";

/** While a link waits to be opened, how often the relay is asked whether it was. In milliseconds. */
const LOOK_EVERY_MS = 2_000;

const deepLink = z.object({ url: z.url(), expiresAtMs: z.number() });
type DeepLink = z.infer<typeof deepLink>;

/** Who is linked with the account in Telegram: made by a deep link, ended here or there. */
export default function TelegramLink({ state: first }: { state: TelegramState }) {
  const [state, setState] = useState(first);
  const [link, setLink] = useState<DeepLink | undefined>();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState<string | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const { linked, username } = state;

  useEffect(() => {
    if (link === undefined) return;
    const timer = setInterval(async () => {
      if (Date.now() > link.expiresAtMs) return setLink(undefined);
      const answer = await callApi("GET", "/api/telegram", { result: telegramState });
      if (!answer.ok || answer.value.linked === null) return;
      setState(answer.value);
      setLink(undefined);
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [link]);

  const make = async () => {
    setProblem(undefined);
    const answer = await callApi("POST", "/api/telegram/link", { result: deepLink });
    if (answer.ok) setLink(answer.value);
    else setProblem(answer.message);
  };
  const sayHello = async () => {
    setProblem(undefined);
    setNote(undefined);
    const answer = await callApi("POST", "/api/telegram/hello", { result: nothing });
    if (answer.ok) setNote("Sent: look into Telegram.");
    else setProblem(answer.message);
  };
  const unlink = async () => {
    const answer = await callApi("DELETE", "/api/telegram", { result: nothing });
    if (!answer.ok) return answer.message;
    setState((state) => ({ ...state, linked: null }));
    setNote(undefined);
  };

  return (
    <div class="telegram" data-testid="telegram">
      {linked === null && (
        <>
          <p class="note">
            Link yourself with {username === null ? "the bot" : `@${username}`}{" "}
            to follow and drive your sessions from Telegram.
          </p>
          {link === undefined
            ? (
              <p>
                <button type="button" class="primary" data-testid="telegram-link" onClick={make}>
                  Link with Telegram
                </button>
              </p>
            )
            : (
              <>
                <p>
                  <a
                    class="button primary"
                    href={link.url}
                    target="_blank"
                    rel="noopener noreferrer"
                    data-testid="telegram-open"
                  >
                    Open Telegram and press Start
                  </a>
                </p>
                <CopyField label="Link, for another device" text={link.url} />
                <p class="note" role="status">
                  It works once, for ten minutes. This page notices by itself.
                </p>
              </>
            )}
        </>
      )}
      {linked !== null && (
        <ul class="rows" data-testid="telegram-linked">
          <li class="row">
            <div class="row-main">
              <strong>{linked.name}</strong>
              <p class="row-facts">
                <span>linked {date(linked.linkedAtMs)}</span>
                <span>
                  topics in {linked.group === null
                    ? `the chat with @${username ?? "the bot"}`
                    : `the group ${linked.group}`}
                </span>
              </p>
              {linked.suspended !== null && (
                <p class="note warn">
                  Telegram takes no messages for you: {linked.suspended}. Start the bot again there.
                </p>
              )}
            </div>
            <div class="row-acts">
              <button type="button" data-testid="telegram-hello" onClick={sayHello}>
                Send a test message
              </button>
              <button
                type="button"
                data-testid="telegram-unlink"
                onClick={() => setAsking(true)}
              >
                Unlink
              </button>
            </div>
          </li>
        </ul>
      )}
      {note !== undefined && <p class="note" role="status">{note}</p>}
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      {asking && (
        <ConfirmDialog
          title="Unlink Telegram"
          action="Unlink"
          act={unlink}
          onClose={() => setAsking(false)}
        >
          <p>The bot tells you nothing more and takes nothing from you. Your sessions run on.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
