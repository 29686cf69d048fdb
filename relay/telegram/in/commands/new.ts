import { type Agent, type Host, ProtocolError, type Session } from "@chatcode/protocol";
import { may } from "../../../auth/rights.ts";
import { rows, type TelegramDialogueRow } from "../../../kv/keys.ts";
import { bold, code, join, plain } from "../../format/mod.ts";
import { short } from "../../words.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import { newDialogueId } from "../dialogues.ts";
import type { Button, Said } from "../replies.ts";
import type { Command, Presses } from "./command.ts";
import { pageButton, sessionPath } from "./session_card.ts";

type Wish = Extract<TelegramDialogueRow, { kind: "new" }>;

/** Folders on one page of buttons. */
const PAGE = 8;
const MAX_CHOICES = 100;
const MAX_TITLE = 120;

export const newSession: Command = {
  name: "new",
  about: "Start a session: machine, folder, agent, title",
  async run(asked, _args, bot) {
    const machines = machinesOf(asked, bot);
    const [first, ...others] = machines;
    if (first === undefined) {
      return await asked.say("No machine is online on which you may start one.");
    }
    const wish: Wish = {
      kind: "new",
      id: newDialogueId(),
      host: null,
      cwd: "",
      choices: machines.map(({ id }) => id),
      agent: null,
      step: "machine",
      page: 0,
    };
    if (others.length === 0) return await toFolder(asked, { ...wish, host: first.id }, bot);
    await bot.dialogues.set(asked.place, wish);
    await asked.say({
      rich: plain("On which machine?"),
      buttons: [
        ...machines.map(({ name }, at) => [{ text: short(name, 40), data: data(wish, "m", at) }]),
        [cancel(wish)],
      ],
    });
  },
};

export const newPresses: Presses = {
  prefix: "n",
  async press(asked, [id, verb = "", argument = ""], bot) {
    const wish = await bot.dialogues.of(asked.place, "new", id);
    if (wish === null) {
      return await asked.answer("That question is over. /new asks again.", { alert: true });
    }
    const chosen = wish.choices[Number(argument)];
    switch (verb) {
      case "m": {
        const host = machinesOf(asked, bot).find((host) => host.id === chosen);
        if (host === undefined) {
          return await asked.answer("That machine went offline.", { alert: true });
        }
        await toFolder(asked, { ...wish, host: host.id }, bot);
        break;
      }
      case "f":
        await toFolder(asked, { ...wish, cwd: chosen ?? wish.cwd, page: 0 }, bot);
        break;
      case "u":
        await toFolder(asked, { ...wish, cwd: wish.cwd.replace(/\/?[^/]*$/, ""), page: 0 }, bot);
        break;
      case "p":
        await toFolder(asked, { ...wish, page: Number(argument) || 0 }, bot);
        break;
      case "h":
        await toAgent(asked, wish, bot);
        break;
      case "a":
        await toTitle(asked, wish, argument, bot);
        break;
      case "t":
        await begin(asked, wish, undefined, bot);
        break;
      case "c":
        await bot.dialogues.end(asked.place);
        await asked.show("Nothing was started.");
    }
    await asked.answer();
  },
};

/** A text where a title is asked for. @returns whether it was taken */
export async function titleGiven(asked: Asked, text: string, bot: BotParts): Promise<boolean> {
  const wish = await bot.dialogues.get(asked.place);
  if (wish?.kind !== "new" || wish.step !== "title") return false;
  await begin(asked, wish, short(text, MAX_TITLE), bot);
  return true;
}

function machinesOf({ principal }: Asked, { operations }: BotParts): Host[] {
  return operations.hosts(principal)
    .filter((host) => host.online && may(principal, "session.start", host.id))
    .slice(0, MAX_CHOICES);
}

async function toFolder(asked: Asked, wish: Wish, bot: BotParts): Promise<void> {
  const { host, cwd } = wish;
  if (host === null) {
    throw new ProtocolError("HOST_NOT_FOUND", "Cannot start: no machine was chosen");
  }
  const { folders, truncated } = await bot.operations.call(
    asked.principal,
    "folders.list",
    { host, path: cwd },
    { signal: asked.signal },
  );
  const choices = folders.slice(0, MAX_CHOICES)
    .map((folder) => cwd === "" ? folder : `${cwd}/${folder}`);
  const page = Math.max(0, Math.min(wish.page, Math.ceil(choices.length / PAGE) - 1));
  const now: Wish = { ...wish, choices, page, step: "folder" };
  await bot.dialogues.set(asked.place, now);
  const shown = choices.slice(page * PAGE, (page + 1) * PAGE);
  const inside = shown.map((path, at) => [{
    text: `📁 ${short(path.split("/").at(-1) ?? path, 40)}`,
    data: data(now, "f", page * PAGE + at),
  }]);
  const more = truncated || folders.length > MAX_CHOICES;
  await asked.show({
    rich: join(
      "In which folder? ",
      bold(machineName(asked, now, bot)),
      ", ",
      code(cwd === "" ? "workspace" : `workspace/${cwd}`),
      more ? "\nOnly the first 100 are shown; the browser shows all." : "",
    ),
    buttons: [
      [{ text: "✅ Here", data: data(now, "h") }],
      ...inside,
      [
        ...page > 0 ? [{ text: "«", data: data(now, "p", page - 1) }] : [],
        ...cwd !== "" ? [{ text: "⬆ Up", data: data(now, "u") }] : [],
        ...(page + 1) * PAGE < choices.length
          ? [{ text: "»", data: data(now, "p", page + 1) }]
          : [],
        cancel(now),
      ],
    ],
  });
}

async function toAgent(asked: Asked, wish: Wish, bot: BotParts): Promise<void> {
  const { host } = wish;
  if (host === null) {
    throw new ProtocolError("HOST_NOT_FOUND", "Cannot start: no machine was chosen");
  }
  const { agents } = await bot.operations.call(asked.principal, "agents.list", { host }, {
    signal: asked.signal,
  });
  const installed = agents.filter((agent) => agent.installed);
  const now: Wish = { ...wish, step: "agent" };
  await bot.dialogues.set(asked.place, now);
  await asked.show({
    rich: join("Which agent? ", ...whereOf(asked, now, bot)),
    buttons: [
      ...installed.map((agent) => [{ text: agentWords(agent), data: data(now, "a", agent.id) }]),
      [{ text: "A shell, no agent", data: data(now, "a", "shell") }],
      [cancel(now)],
    ],
  });
}

async function toTitle(asked: Asked, wish: Wish, agent: string, bot: BotParts): Promise<void> {
  const known = rows.telegramDialogue(0, null).schema.safeParse({
    ...wish,
    agent: agent === "shell" ? null : agent,
    step: "title",
  });
  if (!known.success || known.data.kind !== "new") return; // a button of no making of ours
  await bot.dialogues.set(asked.place, known.data);
  await asked.show({
    rich: join("What is it called? Write a title. ", ...whereOf(asked, known.data, bot)),
    buttons: [[{ text: "No title, start it", data: data(known.data, "t") }, cancel(known.data)]],
  });
}

async function begin(
  asked: Asked,
  wish: Wish,
  title: string | undefined,
  bot: BotParts,
): Promise<void> {
  const { host, cwd, agent } = wish;
  if (host === null) {
    throw new ProtocolError("HOST_NOT_FOUND", "Cannot start: no machine was chosen");
  }
  // One wish is one session, however often its last button is pressed.
  const { session } = await bot.operations.call(asked.principal, "sessions.start", {
    host,
    cwd,
    ...agent !== null && { agent: { id: agent } },
    ...title !== undefined && { title },
  }, { idempotencyKey: `tg-new-${wish.id}`, signal: asked.signal });
  await bot.dialogues.end(asked.place);
  await show(asked, wish, session, bot);
}

async function show(asked: Asked, wish: Wish, session: Session, bot: BotParts): Promise<void> {
  const about = { host: session.host, session: session.id };
  const chat = await bot.chats.chat(asked.link.home);
  const talkHere = chat?.topics !== true && !asked.inGroup;
  if (talkHere) await bot.store.set(rows.telegramTalk(asked.place.chat), about);
  const hint = talkHere ? "What you write here now goes to it." : "It has a topic of its own.";
  const buttons = [pageButton(bot, "Open in the browser", sessionPath(session))]
    .filter((row) => row.length > 0);
  await asked.show({
    rich: join("Started ", bold(session.title), ". ", ...whereOf(asked, wish, bot), `\n${hint}`),
    buttons,
  });
  if (talkHere || chat === null) return;
  const greeting: Said = {
    rich: join(bold(session.title), " has started. ", ...whereOf(asked, wish, bot)),
    buttons,
  };
  await bot.tellSession(chat.id, about, greeting, `tg-new-${wish.id}`);
}

function whereOf(asked: Asked, wish: Wish, bot: BotParts) {
  const folder = wish.cwd === "" ? "workspace" : `workspace/${wish.cwd}`;
  return [bold(machineName(asked, wish, bot)), ", ", code(folder)];
}

function machineName({ principal }: Asked, wish: Wish, { operations }: BotParts): string {
  return operations.hosts(principal).find(({ id }) => id === wish.host)?.name ?? "the machine";
}

function agentWords({ name, version, signedIn }: Agent): string {
  const sign = signedIn === "no" ? " (not signed in)" : "";
  return short(`${name} ${version ?? ""}${sign}`, 50);
}

function data({ id }: Wish, ...parts: readonly (string | number)[]): string {
  return callbackData("n", id, ...parts);
}

function cancel(wish: Wish): Button {
  return { text: "Cancel", data: data(wish, "c") };
}
