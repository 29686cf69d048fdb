import type { PushKind, PushSettings } from "@chatcode/protocol";
import { useEffect, useState } from "preact/hooks";
import { QuietHours } from "../components/QuietHours.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { type PushState, pushState, switchOff, switchOn } from "../lib/push.ts";

const KINDS = [
  ["waiting", "An agent asks for leave"],
  ["done", "An agent is done"],
  ["failed", "An agent failed"],
] as const satisfies [PushKind, string][];

/** Whether this browser notifies, and for the whole account of what and when. */
export default function Notifications(
  { publicKey, settings: saved }: { publicKey: string; settings: PushSettings },
) {
  const [state, setState] = useState<PushState | undefined>();
  const [settings, setSettings] = useState(saved);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => {
    pushState().then(setState, () => setState("unsupported"));
  }, []);

  const turn = async (on: boolean) => {
    setBusy(true);
    setProblem(on ? await switchOn(publicKey) : await switchOff());
    setState(await pushState());
    setBusy(false);
  };
  const save = async (next: PushSettings) => {
    const before = settings;
    setSettings(next);
    setProblem(undefined);
    const answer = await callApi("PATCH", "/api/push/settings", { body: next, result: nothing });
    if (answer.ok) return;
    setSettings(before);
    setProblem(answer.message);
  };
  const { kinds, quiet } = settings;
  return (
    <div class="notifications">
      {state === "unsupported" && (
        <p class="note">
          This browser takes no notifications here. On an iPhone or iPad, add Chatcode to the home
          screen first.
        </p>
      )}
      {state === "denied" && (
        <p class="note">
          Notifications are blocked for this site in the browser's own settings.
        </p>
      )}
      {(state === "on" || state === "off") && (
        <label class="check">
          <input
            type="checkbox"
            role="switch"
            checked={state === "on"}
            disabled={busy}
            data-testid="push"
            onChange={(event) => turn(event.currentTarget.checked)}
          />
          <span>Notify in this browser</span>
        </label>
      )}
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <fieldset class="field">
        <legend>In all your browsers, when</legend>
        {KINDS.map(([kind, words]) => (
          <label class="check" key={kind}>
            <input
              type="checkbox"
              checked={kinds[kind]}
              data-testid={`push-${kind}`}
              onChange={(event) =>
                save({ ...settings, kinds: { ...kinds, [kind]: event.currentTarget.checked } })}
            />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <QuietHours
        quiet={quiet}
        testId="quiet"
        onChange={(quiet) => save({ ...settings, quiet })}
      />
    </div>
  );
}
