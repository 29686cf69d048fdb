import { useEffect, useRef } from "preact/hooks";
import type { KeyName } from "../lib/terminal/keys.ts";
import { Icon } from "./Icon.tsx";

/** A held arrow key repeats as a keyboard's does. */
const REPEAT_AFTER_MS = 400;
const REPEAT_EVERY_MS = 60;

const ARROWS = [["left", "←"], ["down", "↓"], ["up", "↑"], ["right", "→"]] as const;
const CHARACTERS = ["|", "/", "~"] as const;

/** The keys that a soft keyboard lacks. Never takes the focus, so that the keyboard stays. */
export function KeyBar(
  { ctrl, onCtrl, onKey, onText, onPaste }: {
    ctrl: boolean;
    onCtrl: () => void;
    onKey: (key: KeyName) => void;
    onText: (text: string) => void;
    onPaste: () => void;
  },
) {
  const repeat = useRef<ReturnType<typeof setTimeout>>();
  const release = () => clearTimeout(repeat.current);
  const hold = (key: KeyName) => {
    release();
    onKey(key);
    const again = () => {
      onKey(key);
      repeat.current = setTimeout(again, REPEAT_EVERY_MS);
    };
    repeat.current = setTimeout(again, REPEAT_AFTER_MS);
  };
  useEffect(() => release, []);
  return (
    <div
      class="key-bar"
      role="toolbar"
      aria-label="Terminal keys"
      data-testid="key-bar"
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
    >
      <button type="button" onClick={() => onKey("escape")}>Esc</button>
      <button type="button" onClick={() => onKey("tab")}>Tab</button>
      <button type="button" aria-pressed={ctrl} onClick={onCtrl}>Ctrl</button>
      {ARROWS.map(([key, sign]) => (
        <button
          type="button"
          key={key}
          aria-label={`Arrow ${key}`}
          onPointerDown={() => hold(key)}
          onPointerUp={release}
          onPointerLeave={release}
          onPointerCancel={release}
          onClick={(event) => event.detail === 0 && onKey(key)} // by keyboard
        >
          {sign}
        </button>
      ))}
      {CHARACTERS.map((text) => (
        <button type="button" key={text} onClick={() => onText(text)}>{text}</button>
      ))}
      <button type="button" aria-label="Paste" data-testid="paste" onClick={onPaste}>
        <Icon name="paste" />
      </button>
    </div>
  );
}
