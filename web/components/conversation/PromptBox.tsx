import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { keepDraft, readDraft } from "../../lib/drafts.ts";
import { Icon } from "../Icon.tsx";

/** Matching commands that are offered. */
const MAX_HINTS = 8;

/** Where a prompt is written. What is typed outlives the page until it is sent. */
export function PromptBox(
  { name, draftKey, commands, blocked, busy, working, onSend, onInterrupt }: {
    /** Of the agent. */
    name: string;
    draftKey: string;
    /** Commands of the agent's own that may be sent; undefined: not known. */
    commands: readonly string[] | undefined;
    /** Why nothing can be sent now. */
    blocked: string | undefined;
    /** One is on its way. */
    busy: boolean;
    working: boolean;
    /** @returns whether the text is taken */
    onSend: (text: string) => Promise<boolean>;
    onInterrupt: () => Promise<void>;
  },
) {
  const [text, setText] = useState("");
  const [stopping, setStopping] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const written = useRef("");
  const write = (next: string) => {
    written.current = next;
    setText(next);
    keepDraft(draftKey, next);
  };
  useEffect(() => write(readDraft(draftKey)), [draftKey]);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${
      element.scrollHeight + element.offsetHeight - element.clientHeight
    }px`;
  }, [text]);
  useEffect(() => {
    if (!working) setStopping(false);
  }, [working]);

  const word = /^\/\S*$/.exec(text)?.[0];
  const hints = word === undefined
    ? []
    : (commands ?? []).filter((command) => command.startsWith(word) && command !== word);
  const [command] = text.trimStart().split(/\s/);
  const unknown = command?.startsWith("/") === true && commands !== undefined &&
    hints.length === 0 && !commands.includes(command);
  const cannot = blocked ??
    (unknown ? `${command} is not a command that can be sent from here.` : undefined);
  const maySend = text.trim() !== "" && cannot === undefined && !busy;

  const send = async () => {
    if (!maySend) return;
    const sent = text;
    write("");
    area.current?.focus();
    // What was typed meanwhile is kept; a refused text comes back only into an empty box.
    if (!await onSend(sent) && written.current === "") write(sent);
  };
  const interrupt = async () => {
    setStopping(true);
    try {
      await onInterrupt();
    } catch {
      setStopping(false);
    }
  };
  return (
    <form
      class="composer"
      data-testid="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {cannot !== undefined && <p class="note composer-why" data-testid="blocked">{cannot}</p>}
      {hints.length > 0 && (
        <div class="hints" role="group" aria-label="Commands" data-testid="hints">
          {hints.slice(0, MAX_HINTS).map((hint) => (
            <button
              type="button"
              key={hint}
              onClick={() => {
                write(`${hint} `);
                area.current?.focus();
              }}
            >
              {hint}
            </button>
          ))}
        </div>
      )}
      <div class="composer-row">
        <textarea
          ref={area}
          rows={1}
          value={text}
          aria-label={`Prompt for ${name}`}
          placeholder={`Ask ${name}…`}
          autocapitalize="sentences"
          data-testid="prompt-box"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
            // The key that ends a composition; Safari tells it by the code alone.
            if (event.isComposing || event.keyCode === 229) return;
            const touch = matchMedia("(pointer: coarse)").matches;
            if (touch && !event.ctrlKey && !event.metaKey) return; // a new line
            event.preventDefault();
            void send();
          }}
        />
        {working && (
          <button
            type="button"
            class="icon-only"
            aria-label={stopping ? "Stopping" : "Stop the agent"}
            title="Stop"
            disabled={stopping}
            data-testid="interrupt"
            onClick={interrupt}
          >
            <Icon name="stop" />
          </button>
        )}
        <button
          type="submit"
          class="primary icon-only"
          aria-label="Send"
          title="Send (Enter)"
          disabled={!maySend}
          data-testid="send"
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
