import { newId } from "../../auth/secret.ts";
import { rows, type TelegramFileRow } from "../../kv/keys.ts";
import type { Commit } from "../../kv/store.ts";
import { cleanText, namedPaths } from "../format/mod.ts";
import { short } from "../words.ts";
import type { About } from "./topics.ts";

/** Files of one message that get a button; more are only named. */
export const MAX_NAMED_FILES = 3;

/** How long a file's button works, in milliseconds: a week. */
export const NAMED_FILE_KEPT_MS = 7 * 24 * 3600_000;

/** UTF-16 units of a file's name on a button. */
const NAME_UNITS = 40;

/** What an agent's message names as files, and the buttons that show them. */
export interface NamedFiles {
  readonly buttons: readonly (readonly { readonly text: string; readonly data: string }[])[];
  /** Adds to `commit` what the buttons stand for. */
  write(commit: Commit): void;
}

/**
 * A link made now would be dead when it is read, so each file that an agent's `markdown` names gets a
 * button, `l:<id>`, that asks for one. Whether there is such a file is found out then.
 */
export function namedFiles(markdown: string, { chat, about }: {
  readonly chat: number;
  readonly about: About;
}): NamedFiles {
  const paths = namedPaths(markdown, MAX_NAMED_FILES);
  const files = paths.map((path) => ({ id: newId("f"), path }));
  return {
    buttons: files.map(({ id, path }) => [{
      text: `📄 ${short(cleanText(shortestName(path, paths)), NAME_UNITS)}`,
      data: `l:${id}`,
    }]),
    write(commit) {
      for (const { id, path } of files) {
        const row: TelegramFileRow = { chat, ...about, path };
        commit.set(rows.telegramFile(id), row, { expireInMs: NAMED_FILE_KEPT_MS });
      }
    },
  };
}

/** The file's name; where others have the same name, with the folder in front. */
function shortestName(path: string, paths: readonly string[]): string {
  const name = lastParts(path, 1);
  const isOne = paths.filter((other) => lastParts(other, 1) === name).length === 1;
  return isOne ? name : lastParts(path, 2);
}

function lastParts(path: string, count: number): string {
  return path.split("/").slice(-count).join("/");
}
