import { useId, useState } from "preact/hooks";
import * as z from "zod";
import { callApi } from "../lib/api.ts";
import type { ApiTokenRecord, Role } from "../services.ts";
import { Dialog } from "./Dialog.tsx";
import { useSubmit } from "./use_submit.ts";

const DAY_MS = 24 * 3600_000;
const LIVES = [["30 days", 30], ["90 days", 90], ["a year", 365], ["for good", null]] as const;
const ROLES = ["viewer", "operator", "owner"] as const satisfies readonly Role[];
const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: "Viewer: watches",
  operator: "Operator: starts sessions and types",
  owner: "Owner: all that you may",
};

const created = z.object({
  record: z.object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    createdAtMs: z.number(),
    expiresAtMs: z.number().nullable(),
    lastUsedAtMs: z.number().nullable(),
  }),
  token: z.string(),
});

/** Asks for what an API token is to be good for. Nobody can give more than they have. */
export function TokenDialog(
  { role: own, onCreated, onClose }: {
    role: Role;
    onCreated: (made: { record: ApiTokenRecord; token: string }) => void;
    onClose: () => void;
  },
) {
  const roles = ROLES.slice(0, ROLES.indexOf(own) + 1);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(roles.includes("operator") ? "operator" : "viewer");
  const [days, setDays] = useState<number | null>(90);
  const id = useId();
  const create = async () => {
    const expiresAtMs = days === null ? null : Date.now() + days * DAY_MS;
    const body = { name: name.trim(), role, expiresAtMs };
    const answer = await callApi("POST", "/api/tokens", { body, result: created });
    if (!answer.ok) return answer.message;
    onCreated(answer.value);
  };
  const { busy, problem, submit } = useSubmit(create, () => {});
  return (
    <Dialog title="New API token" onClose={onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          <label class="field" for={`${id}-name`}>
            <span>What is it for?</span>
            <input
              id={`${id}-name`}
              value={name}
              maxLength={80}
              required
              pattern=".*\S.*"
              autocomplete="off"
              autofocus
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <label class="field" for={`${id}-role`}>
            <span>Role</span>
            <select
              id={`${id}-role`}
              value={role}
              onChange={(event) => setRole(roles[event.currentTarget.selectedIndex] ?? "viewer")}
            >
              {roles.map((role) => <option key={role} value={role}>{ROLE_WORDS[role]}</option>)}
            </select>
          </label>
          <label class="field" for={`${id}-life`}>
            <span>Good for</span>
            <select
              id={`${id}-life`}
              value={String(days)}
              onChange={(event) => setDays(LIVES[event.currentTarget.selectedIndex]?.[1] ?? null)}
            >
              {LIVES.map(([words, days]) => (
                <option key={words} value={String(days)}>{words}</option>
              ))}
            </select>
          </label>
        </div>
        {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy}>Make it</button>
        </footer>
      </form>
    </Dialog>
  );
}
