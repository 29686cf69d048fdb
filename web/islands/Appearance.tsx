import { useId } from "preact/hooks";
import { useObservable } from "../lib/hooks.ts";
import { FONT_SIZES, type Preferences, preferences, setPreferences } from "../lib/preferences.ts";

const THEMES = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]] as const;

/** Theme and terminal, kept in this browser. */
export default function Appearance() {
  const chosen = useObservable<Preferences | undefined>(preferences, undefined);
  const id = useId();
  const fontSize = chosen?.fontSize ?? FONT_SIZES.default;
  return (
    <div class="form-grid">
      <label class="field" for={`${id}-theme`}>
        <span>Theme</span>
        <select
          id={`${id}-theme`}
          value={chosen?.theme ?? "system"}
          onChange={(event) => {
            const theme = THEMES[event.currentTarget.selectedIndex]?.[0];
            if (theme !== undefined) setPreferences({ theme });
          }}
        >
          {THEMES.map(([theme, words]) => <option key={theme} value={theme}>{words}</option>)}
        </select>
      </label>
      <label class="field" for={`${id}-font`}>
        <span>Terminal font size: {fontSize} px</span>
        <input
          id={`${id}-font`}
          type="range"
          min={FONT_SIZES.min}
          max={FONT_SIZES.max}
          value={fontSize}
          onInput={(event) => setPreferences({ fontSize: event.currentTarget.valueAsNumber })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen?.screenReader ?? false}
          onChange={(event) => setPreferences({ screenReader: event.currentTarget.checked })}
        />
        <span>Read the terminal to screen readers</span>
      </label>
    </div>
  );
}
