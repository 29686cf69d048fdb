import { isLoose, listOf, type Loose, loose, textOf } from "./loose.ts";

/** What tells most about a tool's input, best first. */
const TELLING = [
  "command",
  "cmd",
  "file_path",
  "filePath",
  "absolute_path",
  "notebook_path",
  "path",
  "dir_path",
  "pattern",
  "query",
  "url",
  "prompt",
  "description",
];
const PATHS = new Set(["file_path", "filePath", "absolute_path", "notebook_path", "path"]);
const SUMMARY_MAX = 400;
const PATCH = "*** Begin Patch";

/** One line on what a tool was asked: its command, its file relative to `cwd`, its pattern. */
export function toolSummary(input: Loose, cwd: string | undefined): string {
  for (const key of TELLING) {
    const said = commandOf(input[key]);
    if (said === "") continue;
    if (said.startsWith(PATCH)) return oneLine(patchedFiles(said, cwd).join(", "));
    if (!PATHS.has(key)) return oneLine(said);
    const pattern = textOf(input.pattern);
    const path = relativePath(said, cwd);
    return oneLine(pattern === "" ? path : `${pattern} in ${path}`);
  }
  return oneLine(Object.values(input).map(textOf).find((value) => value !== "") ?? "");
}

/** The files of a patch as Codex's models write it. */
function patchedFiles(patch: string, cwd: string | undefined): string[] {
  return [...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)]
    .map(([, path = ""]) => relativePath(path, cwd));
}

/** A command as one string; a list of arguments loses a shell that only wraps it. */
export function commandOf(value: unknown): string {
  if (!Array.isArray(value)) return textOf(value);
  const args = value.map(textOf);
  if (
    args.length === 3 && /(^|\/)(ba|z|da)?sh$/.test(args[0] ?? "") && /^-l?c$/.test(args[1] ?? "")
  ) {
    return args[2] ?? "";
  }
  return args.join(" ");
}

export function relativePath(path: string, cwd: string | undefined): string {
  if (cwd === undefined || cwd === "" || cwd === "/") return path;
  if (path === cwd) return ".";
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

export function oneLine(text: string): string {
  const line = text.slice(0, 4 * SUMMARY_MAX).replace(/\s+/g, " ").trim();
  return line.length <= SUMMARY_MAX ? line : `${line.slice(0, SUMMARY_MAX - 1)}…`;
}

/** Text out of the shapes that agents wrap it in: strings, parts with `text`, lists of those. */
export function textIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return listOf(value).map(textIn).filter((part) => part !== "").join("\n");
  }
  return isLoose(value) && value.thought !== true ? textOf(value.text) : "";
}

// deno-lint-ignore no-control-regex -- escape sequences are what is looked for
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?/g;

/** What a tool printed, without the sequences that steer a terminal. */
export function toolOutput(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPES, "") : text;
}

/** What an error says, dug out of the JSON that providers answer with. */
export function errorText(text: string): string {
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  if (from < 0 || to < from) return text.trim();
  let found: unknown;
  try {
    found = JSON.parse(text.slice(from, to + 1));
  } catch {
    return text.trim();
  }
  for (let depth = 0; depth < 5 && isLoose(found); depth++) {
    const { error, message } = found;
    if (typeof message === "string" && message !== "") {
      const before = text.slice(0, from).replace(/^\[/, "").replace(/[:\s]*$/, "");
      const said = message.includes("{") ? errorText(message) : message;
      return before === "" ? said : `${before}: ${said}`;
    }
    found = isLoose(error) ? error : loose(found.data);
  }
  return text.trim();
}
