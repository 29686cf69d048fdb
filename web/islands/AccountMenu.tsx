import { useEffect } from "preact/hooks";
import { Menu } from "../components/Menu.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { useConnection, useObservable } from "../lib/hooks.ts";
import { type Preferences, preferences, setPreferences } from "../lib/preferences.ts";
import { keepSubscribed } from "../lib/push.ts";
import { milliseconds } from "../lib/words.ts";

const THEMES = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]] as const;

/** Who is signed in, how the connection stands, the theme, and the way out. */
export default function AccountMenu({ name }: { name: string }) {
  const { state, rttMs } = useConnection();
  const chosen = useObservable<Preferences | undefined>(preferences, undefined);
  const online = state.state === "online";
  useEffect(() => {
    keepSubscribed().catch(() => {}); // the next page tries again
  }, []);
  const signOut = async () => {
    await callApi("POST", "/api/sign-out", { result: nothing });
    location.assign("/sign-in");
  };
  return (
    <Menu
      label={online ? "Account, connected:" : "Account, not connected:"}
      summary={
        <span class="account">
          <span class={online ? "dot good" : "dot warn"} />
          <span class="account-name">{name}</span>
        </span>
      }
    >
      <p class="menu-note">
        {online ? `Connected, ${milliseconds(rttMs)} to the relay` : "Not connected"}
      </p>
      <fieldset class="menu-choice">
        <legend>Theme</legend>
        {THEMES.map(([theme, words]) => (
          <label key={theme}>
            <input
              type="radio"
              name="theme"
              checked={chosen?.theme === theme}
              onChange={() => setPreferences({ theme })}
            />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" data-testid="sign-out" onClick={signOut}>Sign out</button>
    </Menu>
  );
}
