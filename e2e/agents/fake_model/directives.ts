import type { FileChange } from "./dialect.ts";

/** What a test's prompt tells the fake model to do. */
export interface Directives {
  /** `[[say:TEXT]]`: the final message. Default: `ok`. */
  readonly say: string;
  /** `[[note:TEXT]]`: said before the first tool is called. */
  readonly note: string | undefined;
  /**
   * One after another, any number: `[[tool:COMMAND]]` is run by the agent's own shell tool,
   * `[[write:PATH|TEXT]]` and `[[edit:PATH|OLD|NEW]]` by its tools for files.
   */
  readonly tools: readonly (string | FileChange)[];
  /** `[[slow:NAME]]`: half the final message comes, the rest when the test releases NAME. */
  readonly slow: string | undefined;
  /** `[[error:STATUS]]` refuses every time, `[[error:STATUSxTIMES]]` only the first times. */
  readonly error: { readonly status: number; readonly times: number } | undefined;
  /** `[[hang]]`: the answer never begins. */
  readonly hang: boolean;
  /** `[[drop]]`: the first answer breaks off in the middle; the next is whole. */
  readonly drop: boolean;
}

const DIRECTIVE = /\[\[(say|note|tool|write|edit|slow|error|hang|drop)(?::([\s\S]*?))?\]\]/g;

/** What is not written as above is no directive, whatever a hostile prompt holds. */
export function readDirectives(prompt: string): Directives {
  const found = [...prompt.matchAll(DIRECTIVE)].map(([, name, value = ""]) => ({ name, value }));
  const last = (name: string) => found.findLast((directive) => directive.name === name)?.value;
  const [, status, times] = /^([45]\d\d)(?:x(\d+))?$/.exec(last("error") ?? "") ?? [];
  return {
    say: last("say") ?? "ok",
    note: last("note"),
    tools: found.flatMap(({ name, value }) => toolOf(name, value)),
    slow: last("slow"),
    error: status === undefined
      ? undefined
      : { status: Number(status), times: times === undefined ? Infinity : Number(times) },
    hang: last("hang") !== undefined,
    drop: last("drop") !== undefined,
  };
}

function toolOf(name: string | undefined, value: string): (string | FileChange)[] {
  const [path = "", one = "", two = ""] = value.split("|");
  switch (name) {
    case "tool":
      return [value];
    case "write":
      return [{ path, before: undefined, after: one }];
    case "edit":
      return [{ path, before: one, after: two }];
    default:
      return [];
  }
}
