import type { PushSettings } from "@chatcode/protocol";
import { actorOf } from "../../../auth/principal.ts";
import { rows, type TelegramSettings } from "../../../kv/keys.ts";
import { bold, join } from "../../format/mod.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import type { Said } from "../replies.ts";
import type { Command, Presses } from "./command.ts";
import { pageButton } from "./session_card.ts";

type Kind = keyof TelegramSettings["kinds"];

const KINDS: readonly (readonly [Kind, string])[] = [
  ["waiting", "An agent asks for leave"],
  ["done", "An agent is done"],
  ["failed", "An agent failed"],
  ["offline", "A machine goes offline"],
];
const TOLD = ["notify", "silent", "off"] as const;
const TOLD_WORDS = { notify: "🔔 with sound", silent: "🔕 silent", off: "off" } as const;
const PROGRESS = ["off", "brief", "full"] as const;
const PROGRESS_WORDS = {
  off: "nothing until it is done",
  brief: "one line of what it does",
  full: "its words and each tool",
} as const;

/** What the button offers in turn; any other hours are set in the browser. */
const QUIET = [null, ["22:00", "07:00"], ["23:00", "08:00"], ["00:00", "09:00"]] as const;

export const settings: Command = {
  name: "settings",
  about: "What you are told, when, and how",
  async run(asked, _args, bot) {
    await asked.say(page(await bot.settings.get(asked.principal.account), bot));
  },
};

export const verbose: Command = {
  name: "verbose",
  about: "How much of the work is shown: /verbose off, brief or full",
  async run(asked, args, bot) {
    const { account } = asked.principal;
    const known = await bot.settings.get(account);
    const wanted = PROGRESS.find((word) => word === args) ?? after(PROGRESS, known.progress);
    await save(asked, { ...known, progress: wanted }, bot);
    await asked.say(`While an agent works you see: ${PROGRESS_WORDS[wanted]}.`);
  },
};

export const settingsPresses: Presses = {
  prefix: "g",
  async press(asked, [field = "", kind = ""], bot) {
    const known = await bot.settings.get(asked.principal.account);
    const changed = await change(known, field, kind, asked, bot);
    await save(asked, changed, bot);
    await asked.show(page(changed, bot));
    await asked.answer();
  },
};

async function change(
  known: TelegramSettings,
  field: string,
  name: string,
  asked: Asked,
  bot: BotParts,
): Promise<TelegramSettings> {
  switch (field) {
    case "k": {
      const kind = KINDS.find(([kind]) => kind === name)?.[0];
      if (kind === undefined) return known;
      return { ...known, kinds: { ...known.kinds, [kind]: after(TOLD, known.kinds[kind]) } };
    }
    case "p":
      return { ...known, progress: after(PROGRESS, known.progress) };
    case "a":
      return { ...known, onlyWhenAway: !known.onlyWhenAway };
    case "q":
      return { ...known, quiet: await nextQuiet(known, asked, bot) };
    default:
      return known;
  }
}

async function nextQuiet(
  { quiet }: TelegramSettings,
  { principal }: Asked,
  { store }: BotParts,
): Promise<PushSettings["quiet"]> {
  const at = QUIET.findIndex((hours) =>
    quiet === null ? hours === null : hours?.[0] === quiet.from
  );
  const hours = QUIET[(at + 1) % QUIET.length] ?? null;
  if (hours === null) return null;
  // Telegram does not tell where people are: the browser did, if they ever set quiet hours there.
  const known = await store.get(rows.pushSettings(principal.account));
  const timeZone = quiet?.timeZone ?? known?.quiet?.timeZone ?? "UTC";
  return { from: hours[0], to: hours[1], timeZone };
}

async function save(asked: Asked, settings: TelegramSettings, bot: BotParts): Promise<void> {
  await bot.settings.set(asked.principal.account, settings, actorOf(asked.principal));
}

function page(settings: TelegramSettings, bot: BotParts): Said {
  const { kinds, quiet, onlyWhenAway, progress } = settings;
  const quietWords = quiet === null ? "none" : `${quiet.from} to ${quiet.to}, ${quiet.timeZone}`;
  return {
    rich: join(
      bold("What you are told"),
      ...KINDS.map(([kind, words]) => `\n${words}: ${TOLD_WORDS[kinds[kind]]}`),
      `\nWhile you look at the session in a browser: ${onlyWhenAway ? "silent" : "the same"}`,
      `\nQuiet hours: ${quietWords}`,
      `\nWhile an agent works: ${PROGRESS_WORDS[progress]}`,
    ),
    buttons: [
      ...KINDS.map(([kind, words]) => [{
        text: `${words}: ${TOLD_WORDS[kinds[kind]]}`,
        data: callbackData("g", "k", kind),
      }]),
      [{
        text: `While you look: ${onlyWhenAway ? "silent" : "the same"}`,
        data: callbackData("g", "a"),
      }],
      [{
        text: `Quiet hours: ${quiet === null ? "none" : `${quiet.from}–${quiet.to}`}`,
        data: callbackData("g", "q"),
      }],
      [{ text: `While it works: ${progress}`, data: callbackData("g", "p") }],
      ...[pageButton(bot, "More in the browser", "/settings/telegram")].filter((row) => row.length),
    ],
  };
}

function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}
