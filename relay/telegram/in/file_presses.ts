import { ProtocolError } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import { PREVIEW_LINK_MS } from "../../previews/previews.ts";
import { bold, code, join, telegramUrl } from "../format/mod.ts";
import { bytesInWords } from "../words.ts";
import type { BotPreviews } from "./bot_parts.ts";
import type { Presses } from "./commands/command.ts";
import { failureInWords } from "./failure_in_words.ts";

const LASTS = `The link lasts ${
  PREVIEW_LINK_MS / 60_000
} minutes and shows the file to whoever has it.`;

/** The buttons of files that an agent named: `l:<id>`. Whoever presses gets a link in their own name. */
export const filePresses: Presses = {
  prefix: "l",
  async press(asked, [id = ""], bot) {
    const file = await bot.store.get(rows.telegramFile(id));
    if (file === null) {
      return await asked.answer("That button is too old. The session has the file's name.", {
        alert: true,
      });
    }
    const { chat: _, ...wanted } = file;
    let link: Awaited<ReturnType<BotPreviews["link"]>>;
    try {
      link = await bot.previews.link(asked.principal, wanted, asked.signal);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const words = failureInWords(error, "The file cannot be shown");
      return await asked.answer(words, { alert: true });
    }
    await asked.answer();
    const { url, name, size } = link;
    const opened = telegramUrl(url);
    await asked.say({
      rich: join(
        "📄 ",
        bold(name),
        ` · ${bytesInWords(size)}\n${LASTS}`,
        // Telegram opens no address without a dot in its name: as code it can be copied by a touch.
        ...(opened === undefined ? ["\n", code(url)] : []),
      ),
      buttons: opened === undefined ? [] : [[{ text: "Open it", url: opened }]],
      quiet: true,
    });
  },
};
