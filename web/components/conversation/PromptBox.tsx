import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { keepDraft, readDraft } from "../../lib/drafts.ts";
import { handedFiles } from "../../lib/files/handed_files.ts";
import { useVoice } from "../../lib/voice/use_voice.ts";
import { Icon } from "../Icon.tsx";
import { CommandHints, commandsFor } from "./CommandHints.tsx";
import { RecordingBar } from "./RecordingBar.tsx";
import { VoiceButton } from "./VoiceButton.tsx";

/** Where a prompt is written or spoken. What stands in it outlives the page until it is sent. */
export function PromptBox(
  {
    name,
    draftKey,
    commands,
    blocked,
    busy,
    working,
    voice,
    attached,
    tools,
    onSend,
    onInterrupt,
    onPasteFiles,
  }: {
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
    /** What is spoken can be transcribed. */
    voice: boolean;
    /** What goes with the prompt. */
    attached?: ComponentChildren;
    /** More buttons. */
    tools?: ComponentChildren;
    /** @returns whether the text is taken */
    onSend: (text: string) => Promise<boolean>;
    onInterrupt: () => Promise<void>;
    onPasteFiles?: (files: File[]) => void;
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
  const { input, state: spoken } = useVoice({
    isReady: voice,
    onText: (said) => {
      const before = written.current.trimEnd();
      write(before === "" ? said : `${before} ${said}`);
      area.current?.focus();
    },
  });
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

  const { hints, unknown } = commandsFor(text, commands);
  const cannot = blocked ??
    (unknown && `${unknown} is not a command that can be sent from here.`);
  const speaking = spoken.state !== "idle" && spoken.state !== "failed";
  const maySend = text.trim() !== "" && cannot === undefined && !busy && !speaking;

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
      data-voice={spoken.state}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && speaking) input?.cancel();
      }}
    >
      {cannot !== undefined && <p class="note composer-why" data-testid="blocked">{cannot}</p>}
      <CommandHints
        hints={hints}
        onChoose={(command) => {
          write(`${command} `);
          area.current?.focus();
        }}
      />
      <div class="composer-frame">
        {attached}
        <div class="composer-text">
          <textarea
            ref={area}
            rows={1}
            value={text}
            aria-label={`Prompt for ${name}`}
            placeholder={`Ask ${name}…`}
            autocapitalize="sentences"
            data-testid="prompt-box"
            onInput={(event) => write(event.currentTarget.value)}
            onPaste={(event) => {
              const { clipboardData } = event;
              // Text wins: spreadsheets offer a picture of it beside it.
              if (
                onPasteFiles === undefined || !clipboardData || clipboardData.getData("text")
              ) return;
              const { files } = handedFiles(clipboardData, { pasted: true });
              if (files.length === 0) return;
              event.preventDefault();
              onPasteFiles(files);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
              // The key that ends a composition; Safari tells it by the code alone.
              if (event.isComposing || event.keyCode === 229) return;
              const touch = matchMedia("(pointer: coarse)").matches;
              if (touch && !event.ctrlKey && !event.metaKey) return; // a new line
              event.preventDefault();
              if (speaking) input?.toggle();
              else void send();
            }}
          />
          {input !== undefined && <RecordingBar input={input} state={spoken} />}
        </div>
        <div class="composer-row">
          {tools}
          <VoiceButton input={input} state={spoken} />
          {speaking && (
            <button
              type="button"
              class="quiet"
              data-testid="voice-cancel"
              onClick={() => input?.cancel()}
            >
              Cancel
            </button>
          )}
          <span class="composer-gap" />
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
      </div>
    </form>
  );
}
