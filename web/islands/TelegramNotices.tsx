import type { TelegramSettings } from "@chatcode/protocol";
import { useState } from "preact/hooks";
import { QuietHours } from "../components/QuietHours.tsx";
import { callApi, nothing } from "../lib/api.ts";

const KINDS = [
  ["waiting", "An agent asks for leave"],
  ["done", "An agent is done"],
  ["failed", "An agent failed"],
  ["offline", "A machine goes offline"],
] as const satisfies [keyof TelegramSettings["kinds"], string][];

const TOLD = [["notify", "With sound"], ["silent", "Silent"], ["off", "Not at all"]] as const;

const PROGRESS = [
  ["off", "Nothing until it is done"],
  ["brief", "One line of what it does"],
  ["full", "Its words and each tool"],
] as const;

/** What the account is told in Telegram, and how; saved as it is changed. */
export default function TelegramNotices({ settings: saved }: { settings: TelegramSettings }) {
  const [settings, setSettings] = useState(saved);
  const [problem, setProblem] = useState<string | undefined>();

  const save = async (next: TelegramSettings) => {
    const before = settings;
    setSettings(next);
    setProblem(undefined);
    const answer = await callApi("PATCH", "/api/telegram/settings", {
      body: next,
      result: nothing,
    });
    if (answer.ok) return;
    setSettings(before);
    setProblem(answer.message);
  };
  const { kinds, quiet, onlyWhenAway, progress } = settings;
  return (
    <div class="notifications">
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <div class="form-grid notices">
        {KINDS.map(([kind, words]) => (
          <label class="field" key={kind}>
            <span>{words}</span>
            <select
              value={kinds[kind]}
              data-testid={`telegram-${kind}`}
              onChange={(event) => {
                const told = TOLD.find(([value]) => value === event.currentTarget.value)?.[0];
                if (told) save({ ...settings, kinds: { ...kinds, [kind]: told } });
              }}
            >
              {TOLD.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
            </select>
          </label>
        ))}
        <label class="field">
          <span>While an agent works</span>
          <select
            value={progress}
            data-testid="telegram-progress"
            onChange={(event) => {
              const value = PROGRESS.find(([value]) => value === event.currentTarget.value)?.[0];
              if (value) save({ ...settings, progress: value });
            }}
          >
            {PROGRESS.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
          </select>
        </label>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={onlyWhenAway}
          data-testid="telegram-away"
          onChange={(event) => save({ ...settings, onlyWhenAway: event.currentTarget.checked })}
        />
        <span>No sound while you look at the session in a browser</span>
      </label>
      <QuietHours
        quiet={quiet}
        testId="telegram-quiet"
        onChange={(quiet) => save({ ...settings, quiet })}
      />
    </div>
  );
}
